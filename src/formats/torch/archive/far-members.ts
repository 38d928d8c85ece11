import { readHeadWithHeader, readZipEntry, type ZipEntry } from '../../../codec/zip.ts'
import type { Limits } from '../../../limits.ts'
import type { Unverified } from '../../../model/unverified.ts'
import { memorySource } from '../../../source/memory.ts'
import type { ByteSource } from '../../../source/source.ts'
import { together } from '../../../source/together.ts'
import { entrySource } from '../../zip-entry.ts'
import type { TorchArchive } from './archive.ts'
import { isLookedInto, isPickleName, type MemberPickles, pickleWithin } from './member-pickles.ts'

/** Of all members together, in the round of what is wanted anyway. */
const bytesAhead = 131_072
/** A member that does not say what it is comes whole up to this size; of a larger one its first bytes do. */
const wholeBytes = 4_096
const magicBytes = 4
/** Local header, name and padding of a member whose first bytes are read, about. */
const headerAbout = 384
/** Members that are read at one time when all have to be. */
const membersAtOnce = 64
const bytesAtOnce = 16_777_216

export type Member = readonly [name: string, entry: ZipEntry]

/** `whole`: its bytes. `head`: those it begins with. */
type Ahead = { readonly whole: Uint8Array } | { readonly head: Uint8Array }

/**
 * The pickles beside the one that was read, of an archive at a distance. What is small comes in the round of what is
 * wanted anyway; the rest is left, and said to be, until all has to be read.
 */
export class FarMembers {
  readonly #archive: TorchArchive
  readonly #limits: Limits
  readonly #ahead = new Map<ZipEntry, Promise<Ahead>>()
  #bytesLeft = bytesAhead

  constructor(archive: TorchArchive, limits: Limits) {
    this.#archive = archive
    this.#limits = limits
  }

  /** Begins to read the small ones among members. */
  fetch(members: readonly Member[]): void {
    for (const [name, entry] of members) {
      if (isEmpty(name, entry)) continue
      const reading = this.#fetchOne(name, entry)
      if (reading === undefined) continue
      this.#ahead.set(entry, reading)
      // Whoever wants it hears of it.
      reading.catch(() => {})
    }
  }

  #fetchOne(name: string, entry: ZipEntry): Promise<Ahead> | undefined {
    const isWhole = entry.compressedBytes <= wholeBytes || entry.method === 8 || this.#isPickle(name, entry)
    const takes = headerAbout + (isWhole ? entry.compressedBytes : magicBytes)
    if (takes > this.#bytesLeft) return undefined
    this.#bytesLeft -= takes
    const { source } = this.#archive
    const read = (offset: number, length: number) => source.read(offset, length)
    return isWhole
      ? this.#whole(entry)
      : readHeadWithHeader(entry, read, magicBytes).then((head) => ({ head }))
  }

  async #whole(entry: ZipEntry): Promise<{ whole: Uint8Array }> {
    const { source, compared } = this.#archive
    const { bytes } = await readZipEntry(entry, (at, length) => source.read(at, length), this.#limits)
    compared.add(entry)
    return { whole: bytes }
  }

  #isPickle(name: string, entry: ZipEntry): boolean {
    return isPickleName(name, entry, this.#archive.pickles)
  }

  /**
   * The imports of what is there, in the order of the members.
   *
   * @param isAll also reads what has been left
   */
  async read(
    members: readonly Member[],
    isAll: boolean,
  ): Promise<MemberPickles & { readonly unverified: readonly Unverified[] }> {
    const found: (MemberPickles | undefined)[] = []
    const left: { at: number; member: Member }[] = []
    for (const [at, member] of members.entries()) {
      const [name, entry] = member
      if (isEmpty(name, entry)) continue
      const ahead = await this.#ahead.get(entry)
      if (ahead !== undefined && 'whole' in ahead)
        found[at] = await this.#pickleIn(memorySource(ahead.whole, name), member)
      else if (ahead === undefined || isLookedInto(ahead.head)) left.push({ at, member })
    }
    if (isAll)
      for (const batch of batches(left)) {
        const all = await together(
          batch.map(async ({ member }) => this.#pickleIn(await this.#open(member), member)),
        )
        batch.forEach(({ at }, i) => {
          found[at] = all[i]
        })
      }
    const pickles = found.filter((one) => one !== undefined)
    return {
      imports: pickles.flatMap(({ imports }) => imports),
      findings: pickles.flatMap(({ findings }) => findings),
      unverified: isAll || left.length === 0 ? [] : [this.#unverified(left.map(({ member }) => member[1]))],
    }
  }

  #pickleIn(source: ByteSource, [name, entry]: Member): Promise<MemberPickles> {
    return pickleWithin(source, name, this.#archive.file, this.#limits, this.#isPickle(name, entry))
  }

  async #open([name, entry]: Member): Promise<ByteSource> {
    if (entry.method === 8) return memorySource((await this.#whole(entry)).whole, name)
    return entrySource(this.#archive.source, entry, name)
  }

  #unverified(entries: readonly ZipEntry[]): Unverified {
    const bytes = entries.reduce((sum, { compressedBytes }) => sum + compressedBytes, 0)
    return { file: this.#archive.file, what: 'pickles', count: entries.length, bytes }
  }
}

const isEmpty = (name: string, entry: ZipEntry): boolean => name.endsWith('/') || entry.bytes < 2

function* batches<T extends { readonly member: Member }>(left: readonly T[]): Generator<readonly T[]> {
  let batch: T[] = []
  let bytes = 0
  for (const one of left) {
    const size = one.member[1].bytes
    if (batch.length === membersAtOnce || (batch.length > 0 && bytes + size > bytesAtOnce)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(one)
    bytes += size
  }
  if (batch.length > 0) yield batch
}
