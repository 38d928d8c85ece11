import { grown, hashWith, Interner, noHash } from '../tensors/hash.ts'
import type { ModuleTree } from './tree.ts'

/** Numbers for what modules hold: the same one for two modules exactly when all under them is the same. */
export interface Subtrees {
  /** By module. Its own name does not count. */
  readonly ids: Uint32Array
  /** Different subtrees there are. */
  readonly count: number
}

/**
 * Numbers every subtree by the names and contents of all in it. From the leaves up, without recursion; two
 * subtrees have one number only after all of both was compared.
 *
 * @param contents by tensor: a number for what it is, its name left out
 * @param sorted whether the order of tensors and modules is nothing
 * @param labels by module: a number for what else tells two apart
 */
export function subtreesOf(
  tree: ModuleTree,
  contents: Uint32Array,
  sorted: boolean,
  labels?: Uint32Array,
): Subtrees {
  const known = new Contents()
  const ids = new Uint32Array(tree.size)
  for (let module = tree.size - 1; module >= 0; module--) {
    known.begin()
    const end = tree.ownBegins[module + 1] as number
    for (let at = tree.ownBegins[module] as number; at < end; at++) {
      const tensor = tree.own[at] as number
      known.push(tree.leaves[tensor] as number, contents[tensor] as number)
    }
    known.push(separator, labels?.[module] ?? separator)
    for (let at = tree.firstChildren[module] as number; at !== 0; at = tree.nextSiblings[at] as number)
      known.push(tree.names[at] as number, ids[at] as number)
    ids[module] = known.end(sorted)
  }
  return { ids, count: known.count }
}

/** Between tensors and modules. Names have smaller numbers. */
const separator = 0xffff_ffff

/** Lists of pairs, each once, one after the other in one column. */
class Contents extends Interner {
  #pairs = new Uint32Array(1_024)
  /** By id, and one more: where its pairs begin. */
  #begins = new Uint32Array(64)
  /** Of the list that is being made, which stands at the end. */
  #length = 0

  begin(): void {
    this.#length = this.#begins[this.count] as number
  }

  push(name: number, content: number): void {
    if (this.#length + 2 > this.#pairs.length) this.#pairs = grown(this.#pairs)
    this.#pairs[this.#length++] = name
    this.#pairs[this.#length++] = content
  }

  /** The id of the list made since `begin`. */
  end(sorted: boolean): number {
    const begin = this.#begins[this.count] as number
    if (sorted) this.#sort(begin)
    let hash = noHash
    for (let at = begin; at < this.#length; at++) hash = hashWith(hash, this.#pairs[at] as number)
    const found = this.find(hash)
    if (found >= 0) return found
    const id = this.add(hash)
    if (id + 1 === this.#begins.length) this.#begins = grown(this.#begins)
    this.#begins[id + 1] = this.#length
    return id
  }

  protected isSame(id: number): boolean {
    const pairs = this.#pairs
    const begin = this.#begins[this.count] as number
    const other = this.#begins[id] as number
    const length = this.#length - begin
    if ((this.#begins[id + 1] as number) - other !== length) return false
    for (let i = 0; i < length; i++) if (pairs[begin + i] !== pairs[other + i]) return false
    return true
  }

  /** Tensors by name, then modules by name. Names are different but for those of a tensor and a module. */
  #sort(begin: number): void {
    const pairs = this.#pairs
    let isSorted = true
    for (let at = begin + 2; at < this.#length && isSorted; at += 2)
      isSorted = (pairs[at - 2] as number) < (pairs[at] as number) || pairs[at - 2] === separator
    if (isSorted) return
    for (let from = begin, at = begin; at <= this.#length; at += 2) {
      if (at < this.#length && pairs[at] !== separator) continue
      const order = Array.from(
        { length: (at - from) / 2 },
        (_, i) => [pairs[from + 2 * i], pairs[from + 2 * i + 1]] as [number, number],
      )
      order.sort((a, b) => a[0] - b[0])
      order.forEach(([name, content], i) => {
        pairs[from + 2 * i] = name
        pairs[from + 2 * i + 1] = content
      })
      from = at + 2
    }
  }
}
