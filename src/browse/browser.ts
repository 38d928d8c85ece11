import { isSdinspectError } from '../errors.ts'
import { inspectionOf } from '../model/inspection.ts'
import type { Leaf } from '../model/modules/outline.ts'
import type { Sorting } from '../model/modules/sorted.ts'
import type { TensorStatistics } from '../model/values/statistics.ts'
import type { Browsed, Shown } from './browsed.ts'
import type { Key, KeyName } from './keys.ts'
import { placeOf } from './place.ts'
import { Search } from './search.ts'
import { type BrowseRow, TreeRows } from './tree-rows.ts'

/** What somebody who runs the browser has to do for it. */
export type Wanted = 'quit' | 'interrupt' | 'suspend' | 'redraw' | null

/** Values that were asked for: being read, or why they cannot be. */
export type Statistics = 'reading' | readonly TensorStatistics[] | { readonly problem: string }

const sortings = ['order', 'name', 'params', 'bytes'] as const
const sortingTexts = {
  order: 'in the order of the file',
  name: 'sorted by name',
  params: 'sorted by parameters',
  bytes: 'sorted by bytes',
} as const

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
  /** What is looked for. While something is, blocks stand one by one: each tensor that fits has a line of its own. */
  search: Search | null = null
  /** Which of the tensors found the cursor went to last, from 1; 0 once it went elsewhere. */
  foundAt = 0
  /** What stands in place of the tree. */
  overlay: 'help' | 'overview' | null = null
  overlayTop = 0
  isAbout = false
  /** The keys scroll what is told of a line, and not the tree. */
  isAboutFocused = false
  aboutTop = 0
  /** Told on the last line until the next key. */
  message = ''
  readonly #values = new Map<string, Statistics>()
  #reading: AbortController | null = null
  #height = 20
  #wants = false
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
    const leaf = this.#leaf
    return leaf === null ? undefined : this.#values.get(this.#keyOf(leaf))
  }

  get #leaf(): Leaf | null {
    const node = this.row?.node
    return node?.type === 'tensor' ? node : null
  }

  #keyOf({ tensor: { name } }: Leaf): string {
    return `${this.choice} ${name}`
  }

  /** What speaks for the answers is to be collected: somebody looks at it. */
  want(): void {
    this.#wants = true
  }

  /** Whether there is work that takes long. */
  get isBusy(): boolean {
    return this.#wants || this.search?.isDone === false
  }

  /** Does a piece of it. */
  work(): void {
    if (this.#wants) {
      this.#wants = false
      this.browsed.collect(this.choice)
    }
    const { search } = this
    if (search === null || search.isDone) return
    search.step()
    if (search.isDone) this.#foundAll(search)
  }

  press(key: Key): Wanted {
    this.message = ''
    if ('key' in key && key.key === 'ctrl-c') return 'interrupt'
    if ('key' in key && key.key === 'ctrl-z') return 'suspend'
    if ('key' in key && key.key === 'ctrl-l') return 'redraw'
    if (this.typed !== null) this.#type(key)
    else if (this.overlay !== null) this.#inOverlay(key)
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
      f: () => this.#switchFold(),
      d: () => this.#onlyDifferences(),
      e: () => this.#openAll(this.row ?? null),
      E: () => this.#openAll(null),
      c: () => this.#closeAll(),
      v: () => this.#read(),
      o: () => this.#cover('overview'),
      '?': () => this.#cover('help'),
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
    this.foundAt = 0
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
    else if (this.search !== null) this.#rebuild(() => (this.search = null), '')
  }

  #cover(overlay: 'help' | 'overview'): void {
    this.overlay = overlay
    this.overlayTop = 0
  }

  #inOverlay(key: Key): void {
    const name = 'key' in key ? key.key : key.text
    const page = this.#height
    const steps: Readonly<Record<string, number>> = {
      down: 1,
      j: 1,
      up: -1,
      k: -1,
      'page-down': page,
      ' ': page,
      'page-up': -page,
      home: Number.NEGATIVE_INFINITY,
      g: Number.NEGATIVE_INFINITY,
      end: Number.MAX_SAFE_INTEGER,
      G: Number.MAX_SAFE_INTEGER,
    }
    const step = Object.hasOwn(steps, name) ? steps[name] : undefined
    if (step === undefined) this.overlay = null
    else this.overlayTop = Math.max(0, this.overlayTop + step)
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
    let search: Search
    try {
      search = new Search(inspectionOf(this.shown.stateDict), query)
    } catch (error) {
      if (!isSdinspectError(error)) throw error
      this.message = error.message
      return
    }
    this.search = search
    // What is short is there before the next line is drawn.
    search.step()
    if (search.isDone) this.#foundAll(search)
  }

  /** All names were looked at: to the first that fits, from the cursor on. */
  #foundAll(search: Search): void {
    if (search.found === 0) {
      this.search = null
      this.message = `no name fits ${search.query}`
      return
    }
    this.#rebuild(() => {}, '')
    const leaf = this.#leaf
    if (leaf !== null && search.hits[leaf.index] === 1) this.#wentTo(search, this.cursor)
    else this.#next(1)
  }

  /** The next tensor that was found, and round at the end. */
  #next(step: 1 | -1): void {
    const { search } = this
    if (search === null || !search.isDone) {
      this.message = search === null ? 'look for something first: /' : ''
      return
    }
    let at = this.rows.nextFound(search, this.cursor, step)
    if (at < 0) {
      at = this.rows.nextFound(search, step > 0 ? -1 : this.rows.length, step)
      this.message = step > 0 ? 'on from the top' : 'on from the end'
    }
    if (at >= 0) this.#wentTo(search, at)
  }

  #wentTo(search: Search, at: number): void {
    this.#go(at)
    this.foundAt = this.rows.foundAbove(search, at) + 1
  }

  #switchFold(): void {
    if (this.search === null) this.#rebuild(() => (this.fold = !this.fold), 'fold')
    else this.message = 'while something is looked for, blocks stand one by one: Esc ends it'
  }

  #sortBy(): void {
    const now = this.sort ?? (this.shown.stateDict.order === 'registration' ? 'order' : 'name')
    const next = sortings[(sortings.indexOf(now) + 1) % sortings.length] ?? 'order'
    this.#rebuild(() => (this.sort = next), sortingTexts[next])
  }

  #onlyDifferences(): void {
    if (!this.browsed.isComparison) {
      this.message = 'd is for two checkpoints: sdinspect browse a b'
      return
    }
    this.#rebuild(() => {
      this.onlyDifferent = !this.onlyDifferent
      this.search = null
    }, 'differences')
  }

  #choose(step: number): void {
    const { choices } = this.browsed
    if (choices.length < 2) {
      this.message = 'there is one state dict'
      return
    }
    const next = (this.choice + step + choices.length) % choices.length
    this.#rebuild(() => {
      this.choice = next
      this.search = null
    }, '')
  }

  /** The name of what is at the cursor. */
  get #name(): string {
    const node = this.row?.node
    return node === undefined ? '' : node.type === 'tensor' ? node.tensor.name : `${node.node.path}.`
  }

  /** Makes the tree anew, what was open open again, and goes back to the line there was. */
  #rebuild(change: () => unknown, said: string): void {
    const name = this.#name
    const isTensor = this.#leaf !== null
    const modules = this.rows.openModules()
    const { choice } = this
    const above = this.cursor - this.top
    change()
    this.shown = this.browsed.show(this.choice, {
      sort: this.sort,
      fold: this.fold && this.search === null,
      onlyDifferent: this.onlyDifferent,
    })
    this.rows = new TreeRows(this.shown.outline)
    this.cursor = 0
    if (choice === this.choice) {
      this.rows.reopen(modules)
      const path = isTensor ? name : name.slice(0, -1)
      if (path !== '') {
        const row = this.rows.reveal(placeOf(this.rows, path, isTensor))
        if (row !== null) this.cursor = this.rows.indexOf(row)
      }
    }
    this.top = this.cursor - above
    this.#go(this.cursor)
    if (said === 'fold')
      this.message = this.fold ? 'repeated blocks are one line' : 'repeated blocks one by one'
    else if (said === 'differences')
      this.message = this.onlyDifferent ? 'only what differs' : 'what is the same too'
    else this.message = said
  }

  /** Reads the values of the tensor at the cursor. */
  #read(): void {
    const leaf = this.#leaf
    if (leaf === null) {
      this.message = 'values are read of a tensor: open the module, and choose one'
      return
    }
    this.#showAbout(true)
    const key = this.#keyOf(leaf)
    const known = this.#values.get(key)
    if (known === 'reading' || (known !== undefined && !('problem' in known))) return
    this.#reading?.abort()
    const reading = new AbortController()
    this.#reading = reading
    this.#values.set(key, 'reading')
    this.browsed
      .statistics(this.choice, leaf, reading.signal)
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
