/** A thing for some of many, equal ones kept once: the classes of modules, what quantised tensors stand for. */
export class Labels<T extends object> {
  /** By id. */
  readonly values: T[] = []
  readonly #size: number
  readonly #byContent = new Map<string, number>()
  /** By index: the id, and 1; 0 for none. Made with the first label. */
  #ids: Uint32Array | null = null

  /** @param size things that may have one */
  constructor(size: number) {
    this.#size = size
  }

  /** Whether nothing has one. */
  get isEmpty(): boolean {
    return this.#ids === null
  }

  /** The number of a label, the same for equal ones. */
  id(value: T): number {
    const content = JSON.stringify(value)
    let id = this.#byContent.get(content)
    if (id === undefined) {
      id = this.values.push(value) - 1
      this.#byContent.set(content, id)
    }
    return id
  }

  /** The number of the label of a thing; -1 where there is none. */
  idAt(index: number): number {
    return this.#ids === null ? -1 : (this.#ids[index] as number) - 1
  }

  at(index: number): T | undefined {
    return this.values[this.idAt(index)]
  }

  setId(index: number, id: number): void {
    this.#ids ??= new Uint32Array(this.#size)
    this.#ids[index] = id + 1
  }

  set(index: number, value: T): void {
    this.setId(index, this.id(value))
  }

  /** The labels of the things at `rows`, in this order. */
  pick(rows: ArrayLike<number>): Labels<T> {
    const picked = new Labels<T>(rows.length)
    const ids = this.values.map((value) => picked.id(value))
    for (let index = 0; index < rows.length; index++) {
      const id = this.idAt(rows[index] as number)
      if (id >= 0) picked.setId(index, ids[id] as number)
    }
    return picked
  }
}
