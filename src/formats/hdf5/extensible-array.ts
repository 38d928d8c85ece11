import {
  checksumBytes,
  type Element,
  type ElementAt,
  hasBit,
  openElements,
  piecesOf,
  prefixBytes,
  readElement,
} from './chunk-array.ts'
import type { ChunkGrid, Piece } from './chunk-grid.ts'
import type { Fields } from './fields.ts'
import type { Hdf5File } from './hdf5-file.ts'

// HDF5 File Format Specification 3.0, VII.D: extensible arrays. Their numbers are those of H5EAhdr.c and H5EAdblock.c.

/** Sizes of an extensible array, which its header says. */
interface Sizes {
  readonly element: Element
  /** Bits of the largest number of elements. */
  readonly mostBits: number
  readonly inIndex: number
  readonly leastInBlock: number
  readonly leastPointers: number
  readonly pageElements: number
}

/**
 * The pieces of the extensible array at `address`, by their numbers in the grid.
 *
 * @param bytes of a piece that is not filtered
 * @throws SdinspectError `format/malformed`
 */
export async function readExtensibleArray(
  file: Hdf5File,
  address: number,
  grid: ChunkGrid,
  bytes: number,
  what: string,
): Promise<Map<number, Piece>> {
  const { widths } = file
  const length = prefixBytes + 6 + 6 * widths.length + widths.address + checksumBytes
  const header = await file.checked(address, length, what)
  header.signature('EAHD')
  const element = readElement(header, widths.address)
  const sizes: Sizes = {
    element,
    mostBits: header.u8(),
    inIndex: header.u8(),
    leastInBlock: header.u8(),
    leastPointers: header.u8(),
    pageElements: 2 ** header.u8(),
  }
  if (!isPower(sizes.leastInBlock) || !isPower(sizes.leastPointers) || sizes.mostBits > 64)
    throw header.malformed('has sizes that are no powers of two')
  header.take(6 * widths.length)
  const index = header.address()
  if (index === null) return new Map()
  const array = await ExtensibleArray.open(file, sizes, index, what)
  return piecesOf(grid, element, bytes, (number) => array.at(number))
}

/** The blocks of an array: the index points to the first, and to secondary blocks that point to the others. */
class ExtensibleArray {
  readonly #file: Hdf5File
  readonly #sizes: Sizes
  readonly #what: string
  readonly #elements: Uint8Array
  readonly #blocks: readonly (number | null)[]
  readonly #secondaries: readonly (number | null)[]
  readonly #opened = new Map<number, Promise<ElementAt>>()
  readonly #read = new Map<number, Promise<SecondaryBlock>>()

  private constructor(file: Hdf5File, sizes: Sizes, what: string, index: Fields) {
    this.#file = file
    this.#sizes = sizes
    this.#what = what
    index.signature('EAIB')
    index.take(2 + file.widths.address)
    this.#elements = index.take(sizes.inIndex * sizes.element.bytes)
    this.#blocks = Array.from({ length: blocksOf(sizes) }, () => index.address())
    this.#secondaries = Array.from({ length: secondariesOf(sizes) }, () => index.address())
  }

  static async open(file: Hdf5File, sizes: Sizes, address: number, what: string): Promise<ExtensibleArray> {
    const { widths } = file
    const elements = sizes.inIndex * sizes.element.bytes
    const pointers = (blocksOf(sizes) + secondariesOf(sizes)) * widths.address
    const length = prefixBytes + widths.address + elements + pointers + checksumBytes
    return new ExtensibleArray(file, sizes, what, await file.checked(address, length, what))
  }

  async at(number: number): Promise<Fields | null> {
    const { inIndex, leastInBlock, leastPointers, element } = this.#sizes
    if (number < inIndex) {
      const from = number * element.bytes
      return this.#file.within(this.#elements.subarray(from, from + element.bytes), this.#what)
    }
    const after = number - inIndex
    // Group u has 2^⌊u/2⌋ blocks, each of 2^⌈u/2⌉ times the least number of elements.
    const group = wholeLog2(Math.floor(after / leastInBlock) + 1)
    const inGroup = after - (2 ** group - 1) * leastInBlock
    const blockElements = 2 ** Math.ceil(group / 2) * leastInBlock
    const block = Math.floor(inGroup / blockElements)
    const inBlock = inGroup % blockElements
    const first = firstSecondary(leastPointers)
    if (group < first) {
      const address = this.#blocks[blocksBefore(group) + block] ?? null
      return address === null ? null : (await this.#elementsAt(address, blockElements, null))(inBlock)
    }
    const address = this.#secondaries[group - first] ?? null
    if (address === null) return null
    const secondary = await this.#secondary(address, group, blockElements)
    const there = secondary.blocks[block] ?? null
    const made = (page: number) => secondary.isMade(block, page)
    return there === null ? null : (await this.#elementsAt(there, blockElements, made))(inBlock)
  }

  #elementsAt(address: number, count: number, made: ((page: number) => boolean) | null): Promise<ElementAt> {
    const { pageElements, element, mostBits } = this.#sizes
    const known = this.#opened.get(address)
    if (known !== undefined) return known
    const opened = openElements(this.#file, {
      at: address,
      signature: 'EADB',
      before: this.#file.widths.address + Math.ceil(mostBits / 8),
      count,
      paged: count > pageElements ? { elements: pageElements, made: made ?? (() => true) } : null,
      element,
      what: this.#what,
    })
    this.#opened.set(address, opened)
    return opened
  }

  #secondary(address: number, group: number, blockElements: number): Promise<SecondaryBlock> {
    const known = this.#read.get(address) ?? this.#readSecondary(address, group, blockElements)
    this.#read.set(address, known)
    return known
  }

  async #readSecondary(address: number, group: number, blockElements: number): Promise<SecondaryBlock> {
    const { mostBits, pageElements } = this.#sizes
    const { widths } = this.#file
    const count = 2 ** Math.floor(group / 2)
    const pages = blockElements > pageElements ? blockElements / pageElements : 0
    const bits = count * Math.ceil(pages / 8)
    const before = widths.address + Math.ceil(mostBits / 8)
    const length = prefixBytes + before + bits + count * widths.address + checksumBytes
    const fields = await this.#file.checked(address, length, this.#what)
    fields.signature('EASB')
    fields.take(2 + before)
    const map = fields.take(bits)
    const blocks = Array.from({ length: count }, () => fields.address())
    return { blocks, isMade: (block, page) => hasBit(map, block * pages + page) }
  }
}

interface SecondaryBlock {
  readonly blocks: readonly (number | null)[]
  readonly isMade: (block: number, page: number) => boolean
}

/** The first group whose blocks secondary blocks point to. */
function firstSecondary(leastPointers: number): number {
  return 2 * Math.log2(leastPointers)
}

function blocksOf({ leastPointers }: Sizes): number {
  return 2 * (leastPointers - 1)
}

function secondariesOf({ mostBits, leastInBlock, leastPointers }: Sizes): number {
  return Math.max(0, 1 + mostBits - Math.log2(leastInBlock) - firstSecondary(leastPointers))
}

/** Blocks of all groups before one. */
function blocksBefore(group: number): number {
  let blocks = 0
  for (let before = 0; before < group; before++) blocks += 2 ** Math.floor(before / 2)
  return blocks
}

function isPower(value: number): boolean {
  return value > 0 && Number.isInteger(Math.log2(value))
}

/** Exactly: the logarithm of a number just below a power of two may come out as that of the power. */
function wholeLog2(value: number): number {
  let bits = 0
  while (bits < 1_023 && 2 ** (bits + 1) <= value) bits++
  return bits
}
