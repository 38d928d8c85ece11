/** A key that was pressed, or text that was typed or pasted. */
export type Key =
  | { readonly key: KeyName }
  /** One character, or all that was pasted. */
  | { readonly text: string }

export type KeyName =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'page-up'
  | 'page-down'
  | 'home'
  | 'end'
  | 'enter'
  | 'tab'
  | 'escape'
  | 'backspace'
  | 'delete'
  | 'ctrl-c'
  | 'ctrl-d'
  | 'ctrl-l'
  | 'ctrl-u'
  | 'ctrl-z'

/** What terminals send after ESC for keys that are no characters (ECMA-48, xterm's control sequences, the Linux console). */
const sequences: Readonly<Record<string, KeyName>> = {
  '[A': 'up',
  '[B': 'down',
  '[C': 'right',
  '[D': 'left',
  OA: 'up',
  OB: 'down',
  OC: 'right',
  OD: 'left',
  '[H': 'home',
  '[F': 'end',
  OH: 'home',
  OF: 'end',
  '[1~': 'home',
  '[4~': 'end',
  '[7~': 'home',
  '[8~': 'end',
  '[5~': 'page-up',
  '[6~': 'page-down',
  '[3~': 'delete',
  '[Z': 'tab',
  OM: 'enter',
}

const controls: Readonly<Record<string, KeyName>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\x7f': 'backspace',
  '\b': 'backspace',
  '\x03': 'ctrl-c',
  '\x04': 'ctrl-d',
  '\x0c': 'ctrl-l',
  '\x15': 'ctrl-u',
  '\x1a': 'ctrl-z',
}

const pasteBegin = '\x1b[200~'
const pasteEnd = '\x1b[201~'
/** Characters of a paste that are kept: no pattern is longer. */
const mostPasted = 10_000

/** A whole control sequence: `ESC [`, parameters, a letter; `ESC O` and a letter; `ESC [ [` and a letter of the Linux console. */
const whole = /^\x1b(?:\[\[[A-Z]|\[[0-?]*[ -/]*[@-Z\\-~]|O[@-~])/
/** The beginning of one, which the next bytes may complete. */
const begun = /^\x1b(?:\[[0-?]*[ -/]*|\[\[|O)?$/
/** Characters after which it is none. */
const longestSequence = 64

/**
 * Takes what a terminal sends apart. A sequence may come in pieces, and ESC alone is a key: what may go on is kept until
 * more comes or `flush` says that nothing does.
 */
export class KeyDecoder {
  #rest = ''
  #pasted: string | null = null

  /** The keys in a piece of input. */
  take(text: string): Key[] {
    this.#rest += text
    const keys: Key[] = []
    while (this.#rest !== '') {
      const length = this.#pasted === null ? this.#next(keys) : this.#nextPasted(keys)
      if (length === 0) break
      this.#rest = this.#rest.slice(length)
    }
    return keys
  }

  /** Whether a key may be waiting for the rest of a sequence. */
  get isWaiting(): boolean {
    return this.#rest !== '' && this.#pasted === null
  }

  /** Nothing more comes: what is kept is taken as it stands. */
  flush(): Key[] {
    if (!this.isWaiting) return []
    const [first, ...more] = this.#rest
    this.#rest = ''
    return first === '\x1b' && more.length === 0 ? [{ key: 'escape' }] : []
  }

  /** @returns characters taken; 0 where more have to come */
  #next(keys: Key[]): number {
    const text = this.#rest
    if (text.startsWith(pasteBegin)) {
      this.#pasted = ''
      return pasteBegin.length
    }
    const first = text[0] as string
    if (first === '\x1b') {
      const sequence = whole.exec(text)?.[0]
      if (sequence !== undefined) {
        // With Shift, Ctrl or Alt a key is what it is without.
        const plain = sequence
          .slice(1)
          .replace(/^\[1;\d+(?=[A-DFH]$)/, '[')
          .replace(/;\d+~$/, '~')
        const key = sequences[plain]
        if (key !== undefined) keys.push({ key })
        return sequence.length
      }
      if (text.length <= longestSequence && begun.test(text)) return 0
      keys.push({ key: 'escape' })
      return 1
    }
    const control = controls[first]
    if (control !== undefined) keys.push({ key: control })
    else if (first >= ' ') {
      const character = String.fromCodePoint(text.codePointAt(0) as number)
      keys.push({ text: character })
      return character.length
    }
    return 1
  }

  /** Pasted text is text, whatever control characters are in it. */
  #nextPasted(keys: Key[]): number {
    const end = this.#rest.indexOf(pasteEnd)
    // The end of a paste may be cut in two.
    const until = end < 0 ? Math.max(0, this.#rest.length - pasteEnd.length) : end
    this.#pasted = ((this.#pasted ?? '') + this.#rest.slice(0, until)).slice(0, mostPasted)
    if (end < 0) return until
    const text = this.#pasted.replace(/[\x00-\x1f\x7f-\x9f]/g, '')
    if (text !== '') keys.push({ text })
    this.#pasted = null
    return end + pasteEnd.length
  }
}
