import { denseObjects } from './dense-storage.ts'
import { type Fields, textOf } from './fields.ts'
import type { Hdf5File } from './hdf5-file.ts'
import { type Message, messageTypes } from './object-header.ts'
import { symbolTable } from './symbol-table.ts'

// HDF5 File Format Specification 3.0, IV.A.2.c and g: the members of a group.

/** A member of a group: where its object is, or, of a link that is not followed, what it says. */
export interface Link {
  readonly name: string
  readonly to: { readonly address: number } | { readonly said: string }
  /** When it was made, where the group records that. */
  readonly order: number | null
}

/** Whether an object is a group, by its messages. */
export function isGroup(messages: readonly Message[]): boolean {
  return messages.some(({ type }) => type === messageTypes.symbolTable || type === messageTypes.linkInfo)
}

/**
 * The members of a group, in the order in which they were made where all say it, else as the file has them.
 *
 * @param what for messages: `the group "layers"`
 * @throws SdinspectError `format/*`, `unsupported/feature`
 */
export async function readLinks(file: Hdf5File, messages: readonly Message[], what: string): Promise<Link[]> {
  const links: Link[] = []
  for (const { type, fields } of messages) {
    if (type === messageTypes.symbolTable) links.push(...(await symbolTable(file, fields, what)))
    else if (type === messageTypes.link) links.push(readLink(fields))
    else if (type === messageTypes.linkInfo)
      for (const bytes of await dense(file, fields, what))
        links.push(readLink(fields.within(bytes, `a link of ${what}`)))
  }
  const names = new Set(links.map(({ name }) => name))
  if (names.size < links.length) throw twice(links, messages)
  return links.every(({ order }) => order !== null)
    ? links.sort((a, b) => (a.order as number) - (b.order as number))
    : links
}

function twice(links: readonly Link[], messages: readonly Message[]) {
  const seen = new Set<string>()
  const name = links.find((link) => seen.size === seen.add(link.name).size)?.name
  return (messages[0] as Message).fields.malformed(`has two members of the name ${JSON.stringify(name)}`)
}

async function dense(file: Hdf5File, fields: Fields, what: string): Promise<Uint8Array[]> {
  fields.u8()
  const flags = fields.u8()
  if (flags & 1) fields.uint(8)
  const heap = fields.address()
  const names = fields.address()
  if (heap === null || names === null) return []
  // Records of names: the hash of the name, the place in the heap.
  return denseObjects(file, heap, names, { type: 5, skip: 4, idBytes: 7 }, `the links of ${what}`)
}

const hasType = 0x08
const hasOrder = 0x04
const hasCharacters = 0x10
const types = { hard: 0, soft: 1, external: 64 } as const

function readLink(fields: Fields): Link {
  const version = fields.u8()
  if (version !== 1) throw fields.malformed(`has a link of version ${version}`)
  const flags = fields.u8()
  const type = flags & hasType ? fields.u8() : types.hard
  const order = flags & hasOrder ? fields.uint(8) : null
  if (flags & hasCharacters) fields.u8()
  const name = textOf(fields.take(fields.uint(1 << (flags & 3))))
  if (type === types.hard) {
    const address = fields.address()
    if (address === null) throw fields.malformed(`has a link ${JSON.stringify(name)} to nowhere`)
    return { name, order, to: { address } }
  }
  const value = fields.take(fields.u16())
  if (type === types.soft) return { name, order, to: { said: `a link to ${textOf(value)}` } }
  if (type === types.external) {
    const [file = '', ...path] = new TextDecoder().decode(value.subarray(1)).split('\0')
    return { name, order, to: { said: `a link to ${path[0] ?? ''} of the file ${file}` } }
  }
  return { name, order, to: { said: `a link of type ${type}` } }
}
