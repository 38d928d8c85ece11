import { Chalk } from 'chalk'

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
  readonly won: string
  readonly lost: string
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
  lost: '·',
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
  lost: '-',
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
  paint(style: Style, text: string): string
}

export interface ThemeOptions {
  /** 0 none, 1 the 16 colours, 2 256 colours, 3 true colour. */
  readonly color?: 0 | 1 | 2 | 3
  readonly columns?: number | null
  readonly ascii?: boolean
  readonly interactive?: boolean
}

/** Width assumed where a line must be laid out and nobody said how wide the output is. */
export const defaultColumns = 80

/** Makes a theme. The default is what a pipe gets: no colour, nothing cut. */
export function makeTheme(options: ThemeOptions = {}): Theme {
  const { color = 0, columns = null, ascii = false, interactive = false } = options
  const styles = color === 0 ? undefined : color === 1 ? sixteenColors() : manyColors(color)
  return {
    columns,
    ascii,
    interactive,
    glyphs: ascii ? asciiGlyphs : unicodeGlyphs,
    paint: (style, text) => (styles === undefined || text === '' ? text : styles[style](text)),
  }
}

type Styles = Readonly<Record<Style, (text: string) => string>>

/** Middle tones: at least 3.5 to 1 on white and on black, so one palette does for light and dark terminals. */
function manyColors(level: 2 | 3): Styles {
  const chalk = new Chalk({ level })
  return {
    plain: (text) => text,
    strong: chalk.bold,
    quiet: chalk.ansi256(244),
    line: chalk.ansi256(245),
    declared: chalk.ansi256(30),
    recognised: chalk.ansi256(30),
    buffer: chalk.ansi256(133),
    fold: chalk.ansi256(32),
    error: chalk.ansi256(160).bold,
    warning: chalk.ansi256(166),
    good: chalk.ansi256(64),
  }
}

/** Without yellow, white and the bright ones, which vanish on light backgrounds. */
function sixteenColors(): Styles {
  const chalk = new Chalk({ level: 1 })
  return {
    plain: (text) => text,
    strong: chalk.bold,
    quiet: chalk.dim,
    line: chalk.dim,
    declared: chalk.cyan,
    recognised: chalk.cyan,
    buffer: chalk.magenta,
    fold: chalk.blue,
    error: chalk.red.bold,
    warning: chalk.red,
    good: chalk.green,
  }
}
