/** What one run asked of servers, and how large the files are that it asked for parts of. */
export class Traffic {
  /** Requests that were sent, redirects and further tries among them. */
  requests = 0
  /** Bytes of bodies that arrived. */
  bytes = 0
  readonly #files = new Map<string, number>()

  /** Bytes of all files that were opened. */
  get of(): number {
    let sum = 0
    for (const size of this.#files.values()) sum += size
    return sum
  }

  opened(name: string, size: number): void {
    this.#files.set(name, size)
  }
}
