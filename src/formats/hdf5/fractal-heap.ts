import { Fields } from './fields.ts'
import type { Hdf5File } from './hdf5-file.ts'
import { lookup3 } from './lookup3.ts'

// HDF5 File Format Specification 3.0, III.G: the fractal heap. Its blocks double in size: rows of `width` blocks, of
// which the first two rows have the starting size, and each further row twice the size of the one before.

const mostBlocks = 100_000
const mostRows = 64
const hasChecksums = 0x02
const checksumBytes = 4

interface DirectBlock {
  /** Where its bytes are, in the heap's own space. */
  readonly start: number
  readonly length: number
  readonly address: number
}

interface Table {
  readonly width: number
  readonly start: number
  readonly maxDirect: number
  readonly offsetBytes: number
  /** Addresses of the indirect blocks gone through. */
  readonly seen: Set<number>
}

/** A fractal heap whose objects are looked up by their ids. */
export class FractalHeap {
  readonly #file: Hdf5File
  readonly #what: string
  readonly #blocks: readonly DirectBlock[]
  readonly #offsetBytes: number
  readonly #lengthBytes: number
  readonly #isChecked: boolean
  /** Addresses of the blocks whose checksums fit. */
  readonly #checked = new Set<number>()

  private constructor(
    file: Hdf5File,
    what: string,
    blocks: readonly DirectBlock[],
    offsetBytes: number,
    lengthBytes: number,
    isChecked: boolean,
  ) {
    this.#file = file
    this.#what = what
    this.#blocks = blocks
    this.#offsetBytes = offsetBytes
    this.#lengthBytes = lengthBytes
    this.#isChecked = isChecked
  }

  /** @throws SdinspectError `format/*`, `unsupported/feature` for a heap whose blocks are compressed */
  static async open(file: Hdf5File, address: number, what: string): Promise<FractalHeap> {
    const { widths } = file
    const length = 14 + 12 * widths.length + 3 * widths.address + 8 + checksumBytes
    const label = `the heap of ${what}`
    const fields = await file.checked(address, length, label)
    fields.signature('FRHP')
    fields.u8()
    fields.u16()
    if (fields.u16() !== 0) throw fields.unsupported('is compressed')
    const flags = fields.u8()
    const largest = fields.u32()
    fields.length()
    fields.address()
    fields.length()
    fields.address()
    for (let i = 0; i < 8; i++) fields.length()
    const width = fields.u16()
    const start = fields.length()
    const maxDirect = fields.length()
    const offsetBytes = Math.ceil(fields.u16() / 8)
    fields.u16()
    const root = fields.address()
    const rows = fields.u16()
    const isPower = (size: number) => size > 0 && Number.isInteger(Math.log2(size))
    if (width === 0 || !isPower(start) || !isPower(maxDirect) || maxDirect < start || offsetBytes > 8)
      throw fields.malformed('has blocks of no possible size')
    const table = { width, start, maxDirect, offsetBytes, seen: new Set<number>() }
    const blocks: DirectBlock[] = []
    if (root !== null && rows === 0) blocks.push({ start: 0, length: start, address: root })
    else if (root !== null) await indirect(file, table, root, rows, 0, blocks, label)
    const lengthBytes = Math.min(
      Math.ceil(Math.log2(maxDirect) / 8),
      Math.floor(Math.log2(Math.max(1, largest)) / 8) + 1,
    )
    return new FractalHeap(file, label, blocks, offsetBytes, lengthBytes, (flags & hasChecksums) !== 0)
  }

  /**
   * The bytes of the object with this id.
   *
   * @throws SdinspectError `unsupported/feature` for an object that is larger than the blocks
   */
  async object(id: Fields): Promise<Uint8Array> {
    const head = id.u8()
    const kind = (head >> 4) & 3
    if (kind === 2) return id.take((head & 0x0f) + 1)
    if (kind !== 0) throw id.unsupported('is larger than the blocks of its heap, which is not read')
    const offset = id.uint(this.#offsetBytes)
    const length = id.uint(this.#lengthBytes)
    const block = this.#blockAt(offset)
    if (block === undefined || offset + length > block.start + block.length)
      throw id.malformed('is in no block of its heap')
    if (this.#isChecked) await this.#check(block)
    return this.#file.raw(block.address + offset - block.start, length, this.#what)
  }

  /** The checksum of a block is of all its bytes, with zeros in its own place: after the signature, the heap and the offset. */
  async #check({ address, length }: DirectBlock): Promise<void> {
    if (this.#checked.has(address)) return
    const at = 5 + this.#file.widths.address + this.#offsetBytes
    const bytes = await this.#file.raw(address, length, this.#what)
    const fields = new Fields(bytes, this.#file.widths, this.#what)
    fields.signature('FHDB')
    fields.take(at - 4)
    const stored = fields.u32()
    bytes.fill(0, at, at + 4)
    if (stored !== lookup3(bytes)) throw fields.malformed('has a checksum that does not fit its bytes')
    this.#checked.add(address)
  }

  /** The last block that begins at or before `offset`. */
  #blockAt(offset: number): DirectBlock | undefined {
    let low = 0
    let high = this.#blocks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#blocks[middle] as DirectBlock).start <= offset) low = middle + 1
      else high = middle
    }
    return this.#blocks[low - 1]
  }
}

/** Goes through an indirect block of `rows` rows, which begins at `start` in the heap's space. */
async function indirect(
  file: Hdf5File,
  table: Table,
  address: number,
  rows: number,
  start: number,
  into: DirectBlock[],
  what: string,
): Promise<number> {
  const { widths } = file
  if (rows > mostRows || table.seen.has(address))
    throw (await file.fields(address, 4, what)).malformed('has blocks inside blocks that cannot be')
  table.seen.add(address)
  const directRows = Math.log2(table.maxDirect) - Math.log2(table.start) + 2
  const head = 5 + widths.address + table.offsetBytes
  const length = head + rows * table.width * widths.address + checksumBytes
  const fields = await file.checked(address, length, what)
  fields.signature('FHIB')
  fields.take(head - 4)
  let at = start
  for (let row = 0; row < rows; row++) {
    const size = table.start * 2 ** Math.max(0, row - 1)
    for (let column = 0; column < table.width; column++, at += size) {
      const child = fields.address()
      if (child === null) continue
      if (into.length >= mostBlocks) throw fields.malformed(`has more than ${mostBlocks} blocks`)
      if (row < directRows) into.push({ start: at, length: size, address: child })
      else {
        // An indirect block of this size has as many rows as fill it.
        const inside = Math.log2(size) - Math.log2(table.start * table.width) + 1
        if (inside < 1 || !Number.isInteger(inside)) throw fields.malformed('has a block of no possible size')
        await indirect(file, table, child, inside, at, into, what)
      }
    }
  }
  return at
}
