import { quoted, SdinspectError } from '../../errors.ts'
import { withinLimit } from '../../limits.ts'
import { type Attributes, readAttributes } from './attributes.ts'
import { readShape } from './dataspace.ts'
import { type Datatype, readDatatype } from './datatype.ts'
import { readFillValue, readOldFillValue } from './fill-value.ts'
import { readFilters } from './filters.ts'
import { GlobalHeap } from './global-heap.ts'
import type { Hdf5File } from './hdf5-file.ts'
import { type Layout, readLayout } from './layout.ts'
import { isGroup, type Link, readLinks } from './links.ts'
import { type Message, messageTypes, readMessages, unshared } from './object-header.ts'
import { type Pieces, readPieces } from './pieces.ts'

/** Groups inside groups. Models of layers inside layers have a dozen. */
const mostDepth = 256

/** A dataset: what is known of it without its values. */
export interface Dataset {
  /** Names of the groups that it is in, and its own. */
  readonly path: readonly string[]
  /** Null where it has no element, not even of shape []. */
  readonly shape: readonly number[] | null
  readonly type: Datatype
  readonly layout: Layout
  /** Of numbers in pieces: where they are, or why they are not read. */
  readonly pieces: Pieces | string | null
  /** Of the layout message, in the file: where a compact dataset's values are counted from. */
  readonly layoutOffset: number
  /** Its values are in other files. */
  readonly isOutside: boolean
  /** The path of the same dataset, found before under that name. */
  readonly sameAs: readonly string[] | null
}

/** A member that is no dataset and no group to go into. */
export interface Other {
  readonly path: readonly string[]
  readonly said: string
}

/** All of a file but its values. */
export interface Contents {
  readonly datasets: readonly Dataset[]
  readonly others: readonly Other[]
  /** Attributes that are text, of each group that has any: by its path, joined with `/`. */
  readonly attributes: ReadonlyMap<string, Attributes>
  /** Whether every group says in which order its members were made. */
  readonly isOrdered: boolean
}

/** Whether a path is in a group. */
export function isUnder(path: readonly string[], group: readonly string[]): boolean {
  return group.every((name, i) => path[i] === name)
}

/**
 * Goes through all groups from the root, depth first.
 *
 * @throws SdinspectError `format/*`, `limit/exceeded`, `unsupported/feature`
 */
export async function readContents(file: Hdf5File): Promise<Contents> {
  const walk = new Walk(file)
  await walk.group(file.root, [])
  return walk
}

class Walk implements Contents {
  readonly datasets: Dataset[] = []
  readonly others: Other[] = []
  readonly attributes = new Map<string, Attributes>()
  isOrdered = true
  readonly #file: Hdf5File
  readonly #heap: GlobalHeap
  /** Paths of objects by their addresses: an object may have several names. */
  readonly #seen = new Map<number, readonly string[]>()
  /** By the addresses of datasets. */
  readonly #pieces = new Map<number, Pieces | string>()
  #members = 0

  constructor(file: Hdf5File) {
    this.#file = file
    this.#heap = new GlobalHeap(file)
  }

  async group(address: number, path: readonly string[], known?: readonly Message[]): Promise<void> {
    const what = said('the group', path)
    if (path.length > mostDepth)
      throw new SdinspectError('format/malformed', `groups nest more than ${mostDepth} deep`)
    this.#seen.set(address, path)
    const messages = known ?? (await readMessages(this.#file, address, what))
    const attributes = await readAttributes(this.#file, this.#heap, messages, what)
    if (attributes.size > 0) this.attributes.set(path.join('/'), attributes)
    const links = await readLinks(this.#file, messages, what)
    if (links.some(({ order }) => order === null)) this.isOrdered = false
    for (const link of links) await this.#member(link, [...path, link.name])
  }

  async #member({ to }: Link, path: readonly string[]): Promise<void> {
    withinLimit(this.#file.limits, 'tensors', ++this.#members, 'the number of members of all groups')
    if ('said' in to) {
      this.others.push({ path, said: to.said })
      return
    }
    const what = said('the object', path)
    const before = this.#seen.get(to.address)
    const messages = await readMessages(this.#file, to.address, what)
    if (isGroup(messages)) {
      if (before === undefined) await this.group(to.address, path, messages)
      else this.others.push({ path, said: `the group ${quoted(before.join('/') || '/')} under another name` })
      return
    }
    if (!messages.some(({ type }) => type === messageTypes.layout)) {
      this.others.push({
        path,
        said: messages.some(isType) ? 'a type of its own' : 'an object of no known kind',
      })
      return
    }
    this.#seen.set(to.address, before ?? path)
    this.datasets.push(await this.#dataset(messages, to.address, path, before ?? null))
  }

  async #dataset(
    messages: readonly Message[],
    address: number,
    path: readonly string[],
    sameAs: readonly string[] | null,
  ): Promise<Dataset> {
    const what = said('the dataset', path)
    const one = async (type: number, title: string): Promise<Message> => {
      const found = messages.filter((message) => message.type === type)
      if (found.length !== 1)
        throw new SdinspectError('format/malformed', `${what} has ${found.length} messages for its ${title}`)
      return unshared(this.#file, found[0] as Message, what)
    }
    const any = async (type: number): Promise<Message | null> => {
      const found = messages.find((message) => message.type === type)
      return found === undefined ? null : unshared(this.#file, found, what)
    }
    const message = await one(messageTypes.layout, 'layout')
    const shape = readShape((await one(messageTypes.dataspace, 'shape')).fields, this.#file, what)
    const type = readDatatype((await one(messageTypes.datatype, 'type')).fields)
    const layout = readLayout(message.fields, type.bytes)
    let pieces: Pieces | string | null = null
    if (layout.kind === 'chunked' && type.kind === 'numbers' && shape !== null) {
      // Another name of the same dataset has them too.
      pieces = this.#pieces.get(address) ?? null
    }
    if (layout.kind === 'chunked' && type.kind === 'numbers' && shape !== null && pieces === null) {
      if (layout.chunk.length !== shape.lengths.length)
        throw message.fields.malformed(`has pieces of ${layout.chunk.length} dimensions`)
      const filters = await any(messageTypes.filters)
      const [fill, oldFill] = [await any(messageTypes.fillValue), await any(messageTypes.oldFillValue)]
      pieces = await readPieces(
        this.#file,
        {
          layout,
          shape,
          elementBytes: type.bytes,
          filters: filters === null ? [] : readFilters(filters.fields),
          fill:
            fill !== null
              ? readFillValue(fill.fields, type.bytes)
              : oldFill !== null
                ? readOldFillValue(oldFill.fields, type.bytes)
                : new Uint8Array(type.bytes),
        },
        what,
      )
      this.#pieces.set(address, pieces)
    }
    return {
      path,
      shape: shape?.lengths ?? null,
      type,
      layout,
      pieces,
      layoutOffset: message.offset,
      isOutside: messages.some(({ type }) => type === messageTypes.externalFiles),
      sameAs,
    }
  }
}

function isType({ type }: Message): boolean {
  return type === messageTypes.datatype
}

function said(what: string, path: readonly string[]): string {
  return path.length === 0 ? 'the root group' : `${what} ${quoted(path.join('/'))}`
}
