import { SdinspectError } from '../../errors.ts'
import { type Limits, withinLimit } from '../../limits.ts'
import type { ByteSource } from '../../source/source.ts'
import { Fields, type Widths } from './fields.ts'
import { lookup3 } from './lookup3.ts'
import { PagedBytes } from './paged-bytes.ts'

// HDF5 File Format Specification Version 3.0 (The HDF Group), II.A: the superblock.

const signature = '\x89HDF\r\n\x1a\n'
const firstSearched = 512
/** A file begins with its superblock, or that comes after 512, 1,024, 2,048 … bytes of a block of the user's own. */
const lastSearched = 1_048_576
const longestSuperblock = 104

/** An open file: structures by their addresses. */
export class Hdf5File {
  readonly limits: Limits
  readonly widths: Widths
  /** Of the root group's object header. */
  readonly root: number
  readonly #bytes: PagedBytes
  readonly #base: number

  private constructor(bytes: PagedBytes, limits: Limits, base: number, widths: Widths, root: number) {
    this.#bytes = bytes
    this.limits = limits
    this.#base = base
    this.widths = widths
    this.root = root
  }

  /**
   * Reads the superblock.
   *
   * @throws SdinspectError `format/*`, `unsupported/feature`
   */
  static async open(source: ByteSource, limits: Limits): Promise<Hdf5File> {
    const bytes = new PagedBytes(source)
    const at = await superblockAt(bytes)
    if (at === null) throw new SdinspectError('format/malformed', 'the file has no superblock of HDF5')
    const what = 'the superblock'
    const raw = await bytes.read(at, Math.min(longestSuperblock, bytes.size - at), what)
    const block = superblock(raw, what)
    // The library takes a block of the user's own into account where the base address does not.
    const base = block.base === 0 ? at : block.base
    const end = block.end + (base - block.base)
    if (end > bytes.size)
      throw new SdinspectError(
        'format/truncated',
        `the file has ${bytes.size} bytes, and its superblock says ${end}`,
        { offset: at, hint: 'the download may have stopped half way: fetch the file again' },
      )
    return new Hdf5File(bytes, limits, base, block.widths, block.root)
  }

  /** Where in the file an address is. */
  offsetOf(address: number): number {
    return this.#base + address
  }

  /** Bytes of the file. */
  get size(): number {
    return this.#bytes.size
  }

  /** `length` bytes from `address` on. @throws SdinspectError `format/truncated` */
  async raw(address: number, length: number, what: string): Promise<Uint8Array<ArrayBuffer>> {
    withinLimit(this.limits, 'headerBytes', length, `the size of ${what}`)
    return this.#bytes.read(this.offsetOf(address), length, what)
  }

  /** The fields of a structure of `length` bytes. */
  async fields(address: number, length: number, what: string): Promise<Fields> {
    return new Fields(await this.raw(address, length, what), this.widths, what)
  }

  /** The fields of a structure that was read already. */
  within(bytes: Uint8Array, what: string): Fields {
    return new Fields(bytes, this.widths, what)
  }

  /**
   * The fields of a structure whose last four bytes are the checksum of the others.
   *
   * @throws SdinspectError `format/malformed` when they are not: HDF5 refuses it too
   */
  async checked(address: number, length: number, what: string): Promise<Fields> {
    const bytes = await this.raw(address, length, what)
    const fields = new Fields(bytes.subarray(0, length - 4), this.widths, what)
    const stored = new DataView(bytes.buffer).getUint32(length - 4, true)
    if (stored !== lookup3(bytes.subarray(0, length - 4)))
      throw fields.malformed('has a checksum that does not fit its bytes')
    return fields
  }
}

async function superblockAt(bytes: PagedBytes): Promise<number | null> {
  for (
    let at = 0;
    at + signature.length <= bytes.size && at <= lastSearched;
    at = at === 0 ? firstSearched : at * 2
  ) {
    const found = String.fromCharCode(...(await bytes.read(at, signature.length, 'the superblock')))
    if (found === signature) return at
  }
  return null
}

interface Superblock {
  readonly widths: Widths
  readonly base: number
  readonly end: number
  readonly root: number
}

function superblock(raw: Uint8Array, what: string): Superblock {
  const start = new Fields(raw, { address: 8, length: 8 }, what)
  start.take(signature.length)
  const version = start.u8()
  if (version > 3) throw start.unsupported(`is of version ${version}, which is newer than this reader`)
  const isOld = version < 2
  if (isOld) start.take(4)
  const widths = { address: start.u8(), length: start.u8() }
  for (const width of [widths.address, widths.length])
    if (![2, 4, 8].includes(width)) throw start.malformed(`has numbers of ${width} bytes`)
  // Version 0 and 1: a reserved byte, the K of groups, flags; version 1: the K of chunked datasets too.
  start.take(isOld ? 9 + (version === 1 ? 4 : 0) : 1)
  const fields = new Fields(raw.subarray(start.at), widths, what)
  const base = fields.address() ?? 0
  fields.address()
  const third = fields.address()
  if (isOld) {
    fields.address()
    fields.address()
    const root = fields.address()
    return { widths, base, end: third ?? 0, root: rootOf(root, fields) }
  }
  const root = fields.address()
  const length = start.at + fields.at
  const sum = new Fields(raw.subarray(length), widths, what).u32()
  if (sum !== lookup3(raw.subarray(0, length)))
    throw fields.malformed('has a checksum that does not fit its bytes')
  return { widths, base, end: third ?? 0, root: rootOf(root, fields) }
}

function rootOf(address: number | null, fields: Fields): number {
  if (address === null) throw fields.malformed('has no root group')
  return address
}
