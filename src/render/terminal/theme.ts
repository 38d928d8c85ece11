/** What a piece of text is, for whoever decides how it looks. Colour never says anything alone. */
export type Style =
  | 'plain'
  /** The path, the number a reader came for. */
  | 'strong'
  /** Labels, units, what is the same on every line. */
  | 'quiet'
  /** Tree lines and rules. */
  | 'line'
  /** A class the file declares. */
  | 'declared'
  /** A class recognised from shapes; marked `~` too. */
  | 'recognised'
  | 'buffer'
  /** Sets and counts of folded blocks. */
  | 'fold'
  | 'error'
  | 'warning'
  | 'good'

/** The drawn characters, in Unicode or in ASCII. */
export interface Glyphs {
  readonly branch: string
  readonly lastBranch: string
  readonly stem: string
  readonly gap: string
  readonly rule: string
  readonly times: string
  readonly ellipsis: string
  readonly dot: string
  readonly buffer: string
  readonly arrow: string
  readonly atMost: string
  readonly error: string
  readonly warning: string
  readonly info: string
  /** Marks of a claim: it is the answer, it agrees with the answer, it does not. */
  readonly won: string
  readonly agrees: string
  readonly disagrees: string
  /** From empty to full. */
  readonly bar: readonly string[]
}

const unicodeGlyphs: Glyphs = {
  branch: '├─ ',
  lastBranch: '└─ ',
  stem: '│  ',
  gap: '   ',
  rule: '─',
  times: '×',
  ellipsis: '…',
  dot: '·',
  buffer: '○',
  arrow: '→',
  atMost: '≤',
  error: '✖',
  warning: '▲',
  info: '●',
  won: '✔',
  agrees: '·',
  disagrees: '✗',
  bar: ['', '╸', '━'],
}

const asciiGlyphs: Glyphs = {
  branch: '|- ',
  lastBranch: '`- ',
  stem: '|  ',
  gap: '   ',
  rule: '-',
  times: 'x',
  ellipsis: '...',
  dot: '-',
  buffer: 'o',
  arrow: '->',
  atMost: '<=',
  error: 'x',
  warning: '!',
  info: 'i',
  won: '>',
  agrees: '-',
  disagrees: 'x',
  bar: ['', '='],
}

/** How output looks: everything a renderer needs to know of where its lines go. */
export interface Theme {
  /** Cells a line may take; null where nothing is cut, as in a pipe. */
  readonly columns: number | null
  readonly ascii: boolean
  readonly glyphs: Glyphs
  /** Whether a person is looking: suggestions are shown to people only. */
  readonly interactive: boolean
  /** How many of a list are shown, where `number` are a comfortable read: all, where all were asked for. */
  most(number: number): number
  paint(style: Style, text: string): string
}

export interface ThemeOptions {
  /** 0 none, 1 the 16 colours, 2 256 colours, 3 true colour. */
  readonly color?: 0 | 1 | 2 | 3
  readonly columns?: number | null
  readonly ascii?: boolean
  readonly interactive?: boolean
  /** Whether nothing is left out of a list for its length. */
  readonly all?: boolean | undefined
}

/** Width assumed where a line must be laid out and nobody said how wide the output is. */
export const defaultColumns = 80

/** How each style is painted. */
export type Palette = Readonly<Record<Style, (text: string) => string>>

/** Makes a theme. Colours are loaded when there are any: a pipe does not pay for them. */
export async function loadTheme(options: ThemeOptions = {}): Promise<Theme> {
  const { color = 0 } = options
  if (color === 0) return makeTheme(options)
  const { palette } = await import('./palette.ts')
  return makeTheme(options, palette(color))
}

/** Makes a theme of a palette. The default is what a pipe gets: no colour, nothing cut. */
export function makeTheme(options: Omit<ThemeOptions, 'color'> = {}, styles?: Palette): Theme {
  const { columns = null, ascii = false, interactive = false, all = false } = options
  return {
    columns,
    ascii,
    interactive,
    most: (number) => (all ? Number.POSITIVE_INFINITY : number),
    glyphs: ascii ? asciiGlyphs : unicodeGlyphs,
    paint: (style, text) => (styles === undefined || text === '' ? text : styles[style](text)),
  }
}
