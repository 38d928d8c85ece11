import { SdinspectError } from '../../errors.ts'
import { type Fields, textOf } from './fields.ts'
import type { Hdf5File } from './hdf5-file.ts'
import type { Link } from './links.ts'

// HDF5 File Format Specification 3.0, III.A.1, B, C, D: groups as HDF5 before 1.8 writes them, which h5py still does:
// a B-tree whose leaves are tables of symbols, and a local heap with their names.

const groupNode = 0
const softLink = 2
const mostDepth = 32

/**
 * The members of the group whose symbol table message is `fields`.
 *
 * @throws SdinspectError `format/*`, `limit/exceeded`
 */
export async function symbolTable(file: Hdf5File, fields: Fields, what: string): Promise<Link[]> {
  const tree = fields.address()
  const heap = fields.address()
  if (tree === null || heap === null) return []
  const names = new Names(await localHeap(file, heap, what), what)
  const links: Link[] = []
  const seen = new Set<number>()
  const walk = async (address: number, depth: number): Promise<void> => {
    const label = `the index of ${what}`
    const head = await file.fields(address, 8 + 2 * file.widths.address, label)
    if (seen.has(address) || depth > mostDepth) throw head.malformed('leads in a circle')
    seen.add(address)
    head.signature('TREE')
    if (head.u8() !== groupNode) throw head.malformed('is of another kind')
    const level = head.u8()
    const count = head.u16()
    const begin = 8 + 2 * file.widths.address
    const { address: wide, length } = file.widths
    const body = await file.fields(address + begin, count * (wide + length), label)
    for (let i = 0; i < count; i++) {
      body.length()
      const child = body.address()
      if (child === null) throw body.malformed('has a node that is nowhere')
      if (level > 0) await walk(child, depth + 1)
      else {
        if (seen.has(child)) throw body.malformed('has a node twice')
        seen.add(child)
        links.push(...(await symbols(file, child, names, what)))
      }
    }
  }
  await walk(tree, 0)
  return links
}

/** `SNOD`: the symbols of one leaf. */
async function symbols(file: Hdf5File, address: number, names: Names, what: string): Promise<Link[]> {
  const label = `a table of ${what}`
  const head = await file.fields(address, 8, label)
  head.signature('SNOD')
  head.take(2)
  const count = head.u16()
  const fields = await file.fields(address + 8, count * (2 * file.widths.address + 24), label)
  return Array.from({ length: count }, () => {
    const nameAt = fields.address()
    const to = fields.address()
    const cache = fields.u32()
    fields.take(4)
    const scratch = fields.within(fields.take(16), label)
    const name = names.at(nameAt)
    if (cache === softLink) return { name, order: null, to: { said: `a link to ${names.at(scratch.u32())}` } }
    if (to === null) throw fields.malformed(`has a member ${JSON.stringify(name)} that is nowhere`)
    return { name, order: null, to: { address: to } }
  })
}

/** Names in the local heap of a group. Each is there once, so that together they are no longer than it. */
class Names {
  readonly #bytes: Uint8Array
  readonly #what: string
  #taken = 0

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes
    this.#what = what
  }

  at(offset: number | null): string {
    const bytes = this.#bytes
    const end = offset === null ? -1 : bytes.indexOf(0, offset)
    if (offset === null || end < 0) throw this.#malformed('has a name outside its heap')
    this.#taken += end + 1 - offset
    if (this.#taken > bytes.length) throw this.#malformed('has members that share their names')
    return textOf(bytes.subarray(offset, end))
  }

  #malformed(problem: string): SdinspectError {
    return new SdinspectError('format/malformed', `${this.#what} ${problem}`)
  }
}

/** `HEAP`: the names of one group, as bytes. */
async function localHeap(file: Hdf5File, address: number, what: string): Promise<Uint8Array> {
  const label = `the names of ${what}`
  const { widths } = file
  const fields = await file.fields(address, 8 + 2 * widths.length + widths.address, label)
  fields.signature('HEAP')
  fields.take(4)
  const size = fields.length()
  fields.length()
  const data = fields.address()
  if (data === null) throw fields.malformed('are nowhere')
  return file.raw(data, size, label)
}
