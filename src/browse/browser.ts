import { isSdinspectError } from '../errors.ts'
import type { Sorting } from '../model/sorted.ts'
import type { TensorStatistics } from '../model/statistics.ts'
import type { Browsed, Shown } from './browsed.ts'
import { type Found, find, inOrder, type Place, searchFor } from './find.ts'
import type { Key, KeyName } from './keys.ts'
import { type BrowseRow, TreeRows } from './tree-rows.ts'

/** What somebody who runs the browser has to do for it. */
export type Wanted = 'quit' | 'suspend' | 'redraw' | null

/** Values that were asked for: being read, or why they cannot be. */
export type Statistics = 'reading' | readonly TensorStatistics[] | { readonly problem: string }

const sortings: readonly Sorting[] = [null, 'name', 'params', 'bytes']

/** What is looked through, what of it is open, and where the eye is. Knows no terminal. */
export class Browser {
  readonly browsed: Browsed
  shown: Shown
  rows: TreeRows
  /** The line the keys are about. */
  cursor = 0
  /** The first line on the screen. */
  top = 0
  choice = 0
  sort: Sorting = null
  fold = true
  onlyDifferent = false
  /** What is typed after `/`; null while nothing is. */
  typed: string | null = null
  found: Found | null = null
  /** What was looked for. */
  query = ''
  isHelp = false
  helpTop = 0
  isAbout = false
  /** The keys scroll what is told of a line, and not the tree. */
  isAboutFocused = false
  aboutTop = 0
  /** Told on the last line until the next key. */
  message = ''
  readonly #values = new Map<string, Statistics>()
  #reading: AbortController | null = null
  #height = 20
  readonly #changed: () => void

  /** @param changed called when something is to be drawn that no key brought about */
  constructor(browsed: Browsed, changed: () => void = () => {}) {
    this.browsed = browsed
    this.#changed = changed
    this.shown = browsed.show(0, this)
    this.rows = new TreeRows(this.shown.outline)
  }

  get row(): BrowseRow | undefined {
    return this.rows.at(this.cursor)
  }

  /** @param height lines of the tree on the screen */
  fit(height: number): void {
    this.#height = Math.max(1, height)
    this.#keepInSight()
  }

  /** Of the line at the cursor; undefined where nobody asked. */
  get values(): Statistics | undefined {
    const name = this.row === undefined ? null : this.browsed.tensorOf(this.row.node)
    return name === null ? undefined : this.#values.get(`${this.choice} ${name}`)
  }

  press(key: Key): Wanted {
    this.message = ''
    if ('key' in key && key.key === 'ctrl-c') return 'quit'
    if ('key' in key && key.key === 'ctrl-z') return 'suspend'
    if ('key' in key && key.key === 'ctrl-l') return 'redraw'
    if (this.typed !== null) this.#type(key)
    else if (this.isHelp) this.#inHelp(key)
    else return this.#command(key)
    return null
  }

  #command(key: Key): Wanted {
    if ('text' in key) {
      // What was pasted is no command.
      if ([...key.text].length > 1) return null
      return this.#letter(key.text)
    }
    if (this.isAboutFocused && this.#scrollAbout(key.key)) return null
    this.#move(key.key)
    return null
  }

  #letter(letter: string): Wanted {
    const letters: Readonly<Record<string, () => unknown>> = {
      k: () => this.#move('up'),
      j: () => this.#move('down'),
      h: () => this.#move('left'),
      l: () => this.#move('right'),
      g: () => this.#move('home'),
      G: () => this.#move('end'),
      ' ': () => this.#toggle(),
      i: () => this.#showAbout(),
      '/': () => {
        this.typed = ''
      },
      n: () => this.#next(1),
      N: () => this.#next(-1),
      s: () => this.#sortBy(),
      f: () => this.#rebuild(() => (this.fold = !this.fold), 'fold'),
      d: () => this.#onlyDifferences(),
      e: () => this.#openAll(this.row ?? null),
      E: () => this.#openAll(null),
      c: () => this.#closeAll(),
      v: () => this.#read(),
      '?': () => {
        this.isHelp = true
        this.helpTop = 0
      },
      '[': () => this.#choose(-1),
      ']': () => this.#choose(1),
    }
    if (letter === 'q') return 'quit'
    letters[letter]?.()
    return null
  }

  #move(key: KeyName): void {
    const last = this.rows.length - 1
    const page = Math.max(1, this.#height - 1)
    const moves: Partial<Record<KeyName, () => unknown>> = {
      up: () => this.#go(this.cursor - 1),
      down: () => this.#go(this.cursor + 1),
      'page-up': () => this.#go(this.cursor - page),
      'page-down': () => this.#go(this.cursor + page),
      'ctrl-u': () => this.#go(this.cursor - Math.ceil(page / 2)),
      'ctrl-d': () => this.#go(this.cursor + Math.ceil(page / 2)),
      home: () => this.#go(0),
      end: () => this.#go(last),
      right: () => this.#inwards(),
      left: () => this.#outwards(),
      enter: () => (this.row?.node.type === 'tensor' ? this.#showAbout() : this.#toggle()),
      tab: () => this.#switchFocus(),
      escape: () => this.#back(),
    }
    moves[key]?.()
  }

  #go(to: number): void {
    this.cursor = Math.max(0, Math.min(this.rows.length - 1, to))
    this.aboutTop = 0
    this.#keepInSight()
  }

  #keepInSight(): void {
    if (this.cursor < this.top) this.top = this.cursor
    if (this.cursor >= this.top + this.#height) this.top = this.cursor - this.#height + 1
    this.top = Math.max(0, Math.min(this.top, this.rows.length - this.#height))
  }

  #toggle(): void {
    const { row } = this
    if (row === undefined) return
    if (row.isOpen) this.rows.close(row)
    else this.rows.open(row)
    this.#keepInSight()
  }

  #inwards(): void {
    const { row } = this
    if (row === undefined) return
    if (row.node.type === 'tensor') this.#showAbout(true)
    else if (row.isOpen) this.#go(this.cursor + 1)
    else this.#toggle()
  }

  #outwards(): void {
    const { row } = this
    if (row === undefined) return
    if (row.isOpen) this.#toggle()
    else if (row.parent !== null) this.#go(this.rows.indexOf(row.parent))
  }

  #openAll(from: BrowseRow | null): void {
    const { row } = this
    if (this.rows.openAll(from)) this.message = 'too many lines to open them all: what is left is closed'
    this.#go(row === undefined ? 0 : Math.max(0, this.rows.indexOf(row)))
  }

  #closeAll(): void {
    let row = this.row ?? null
    while (row?.parent != null) row = row.parent
    this.rows.closeAll()
    this.#go(row === null ? 0 : this.rows.indexOf(row))
  }

  #showAbout(on: boolean = !this.isAbout): void {
    this.isAbout = on
    this.isAboutFocused = false
    this.aboutTop = 0
  }

  #switchFocus(): void {
    if (!this.isAbout) this.#showAbout(true)
    this.isAboutFocused = !this.isAboutFocused
  }

  /** @returns whether the key was for what is told of a line */
  #scrollAbout(key: KeyName): boolean {
    const steps: Partial<Record<KeyName, number>> = {
      up: -1,
      down: 1,
      'page-up': -10,
      'page-down': 10,
      home: Number.NEGATIVE_INFINITY,
    }
    const step = steps[key]
    if (step === undefined) return false
    this.aboutTop = Math.max(0, this.aboutTop + step)
    return true
  }

  #back(): void {
    if (this.#reading !== null) this.#reading.abort()
    else if (this.isAboutFocused) this.isAboutFocused = false
    else if (this.isAbout) this.isAbout = false
    else {
      this.found = null
      this.query = ''
    }
  }

  #inHelp(key: Key): void {
    const name = 'key' in key ? key.key : key.text
    if (name === 'down' || name === 'j') this.helpTop++
    else if (name === 'up' || name === 'k') this.helpTop = Math.max(0, this.helpTop - 1)
    else this.isHelp = false
  }

  #type(key: Key): void {
    const typed = this.typed ?? ''
    if ('text' in key) this.typed = typed + key.text
    else if (key.key === 'backspace') this.typed = typed === '' ? null : [...typed].slice(0, -1).join('')
    else if (key.key === 'ctrl-u') this.typed = ''
    else if (key.key === 'escape') this.typed = null
    else if (key.key === 'enter') {
      this.typed = null
      if (typed !== '') this.#search(typed)
    }
  }

  #search(query: string): void {
    try {
      this.query = query
      this.found = find(this.shown.stateDict, this.rows, searchFor(query))
    } catch (error) {
      if (!isSdinspectError(error)) throw error
      this.found = null
      this.message = error.message
      return
    }
    if (this.found.tensors === 0) this.message = 'no name fits'
    else this.#next(1, true)
  }

  /** The next line that was found, and round at the end. */
  #next(step: 1 | -1, isHere = false): void {
    const { found } = this
    if (found === null || found.places.length === 0) {
      this.message = this.query === '' ? 'look for something first: /' : 'no name fits'
      return
    }
    const { places } = found
    const here = this.#placeOfCursor()
    const after = places.findIndex((place) => {
      const order = inOrder(place, here)
      return isHere || step < 0 ? order >= 0 : order > 0
    })
    const at =
      step > 0
        ? after < 0
          ? 0
          : after
        : ((after < 0 ? places.length : after) - 1 + places.length) % places.length
    const row = this.rows.reveal(places[at] as Place)
    if (row !== null) this.#go(this.rows.indexOf(row))
  }

  /** Which of the lines found the cursor is on, from 1; 0 for none. */
  get foundAt(): number {
    if (this.found === null) return 0
    const here = this.#placeOfCursor().join()
    return this.found.places.findIndex((place) => place.join() === here) + 1
  }

  #placeOfCursor(): Place {
    const place: number[] = []
    for (let row: BrowseRow | null = this.row ?? null; row !== null; row = row.parent) {
      const siblings = row.parent === null ? this.rows.top : this.rows.childrenOf(row.parent.node)
      place.push(siblings.indexOf(row.node))
    }
    return place.reverse()
  }

  #sortBy(): void {
    const next = sortings[(sortings.indexOf(this.sort) + 1) % sortings.length] as Sorting
    this.#rebuild(() => (this.sort = next), next === null ? 'in the order there was' : `sorted by ${next}`)
  }

  #onlyDifferences(): void {
    if (!this.browsed.isComparison) {
      this.message = 'd is for two checkpoints: sdinspect browse a b'
      return
    }
    this.#rebuild(() => (this.onlyDifferent = !this.onlyDifferent), 'differences')
  }

  #choose(step: number): void {
    const { choices } = this.browsed
    if (choices.length < 2) {
      this.message = 'there is one state dict'
      return
    }
    const next = (this.choice + step + choices.length) % choices.length
    this.#rebuild(() => (this.choice = next), '')
  }

  /** Makes the tree anew, and goes back to the line there was. */
  #rebuild(change: () => unknown, said: string): void {
    const name = this.row?.node.type === 'tensor' ? this.row.node.tensor.name : this.row?.node.node.path
    change()
    this.shown = this.browsed.show(this.choice, this)
    this.rows = new TreeRows(this.shown.outline)
    this.found = null
    this.cursor = 0
    this.top = 0
    if (name !== undefined && name !== '') {
      const place = find(this.shown.stateDict, this.rows, firstBelow(name)).places[0]
      const depth = name.split('.').length
      if (place !== undefined) {
        let row = this.rows.reveal(place)
        while (row !== null && row.parent !== null && nameDepth(row) > depth) row = row.parent
        if (row !== null) this.cursor = this.rows.indexOf(row)
      }
    }
    this.#go(this.cursor)
    if (said === 'fold')
      this.message = this.fold ? 'repeated blocks are one line' : 'repeated blocks one by one'
    else if (said === 'differences')
      this.message = this.onlyDifferent ? 'only what differs' : 'what is the same too'
    else this.message = said
  }

  /** Reads the values of the tensor at the cursor. */
  #read(): void {
    const name = this.row === undefined ? null : this.browsed.tensorOf(this.row.node)
    if (name === null) {
      this.message = 'values are read of a tensor: open the module, and choose one'
      return
    }
    this.#showAbout(true)
    const key = `${this.choice} ${name}`
    const known = this.#values.get(key)
    if (known !== undefined && !('problem' in (known as object))) return
    this.#reading?.abort()
    const reading = new AbortController()
    this.#reading = reading
    this.#values.set(key, 'reading')
    this.browsed
      .statistics(this.choice, name, reading.signal)
      .then(
        (found) => this.#values.set(key, found),
        (error: unknown) => {
          if (reading.signal.aborted) this.#values.delete(key)
          else this.#values.set(key, { problem: error instanceof Error ? error.message : String(error) })
        },
      )
      .finally(() => {
        if (this.#reading === reading) this.#reading = null
        this.#changed()
      })
  }

  /** Ends what is being read. */
  close(): void {
    this.#reading?.abort()
  }
}

function firstBelow(name: string): (name: string) => boolean {
  let isFound = false
  return (other) => {
    if (isFound || (other !== name && !other.startsWith(`${name}.`))) return false
    isFound = true
    return true
  }
}

/** Segments of the name of a row. */
function nameDepth(row: BrowseRow): number {
  let depth = 0
  for (let at: BrowseRow | null = row; at !== null; at = at.parent) depth += at.node.segments.length
  return depth
}
