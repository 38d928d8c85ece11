import type { Fields } from './fields.ts'
import type { Hdf5File } from './hdf5-file.ts'

// HDF5 File Format Specification 3.0, IV.A: object headers of version 1 and 2.

/** Types of header messages that are read. */
export const messageTypes = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  oldFillValue: 0x04,
  fillValue: 0x05,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const

const lastKnownType = 0x18
const isShared = 0x02
/** Whoever does not know the message must not open the object. */
const failsIfUnknown = 0x80
/** A header in more pieces than this is a loop, or made to be slow. */
const mostBlocks = 10_000
const mostMessages = 200_000

/** One message of an object header. */
export interface Message {
  readonly type: number
  readonly fields: Fields
  /** In the file, in bytes: of the message's data. */
  readonly offset: number
  readonly isShared: boolean
}

interface Block {
  readonly address: number
  readonly length: number
}

/**
 * The messages of the object at `address`.
 *
 * @param what for messages: `the group "layers"`
 * @throws SdinspectError `format/*`, `unsupported/feature`
 */
export async function readMessages(file: Hdf5File, address: number, what: string): Promise<Message[]> {
  const label = `the object header of ${what}`
  const begin = await file.fields(address, Math.min(6, file.size), label)
  const isNew = String.fromCharCode(...begin.take(4)) === 'OHDR'
  const header = isNew ? await newHeader(file, address, label) : await oldHeader(file, address, label)
  const messages: Message[] = []
  const blocks = [header.block]
  const seen = new Set<number>()
  for (const [index, block] of blocks.entries()) {
    if (seen.has(block.address) || index >= mostBlocks) throw begin.malformed('leads in a circle')
    seen.add(block.address)
    const fields =
      isNew && index > 0
        ? await continued(file, block, label)
        : await file.fields(block.address, block.length, label)
    for (const message of messagesOf(fields, block, header, file, label)) {
      if (message.type === messageTypes.continuation) {
        const address = message.fields.address()
        if (address !== null) blocks.push({ address, length: message.fields.length() })
      } else messages.push(message)
      if (messages.length > mostMessages) throw begin.malformed(`has more than ${mostMessages} messages`)
    }
  }
  return messages
}

interface Header {
  readonly isNew: boolean
  readonly hasOrder: boolean
  readonly block: Block
}

/** Version 1: 12 bytes, padded to 16, then messages. */
async function oldHeader(file: Hdf5File, address: number, what: string): Promise<Header> {
  const fields = await file.fields(address, 12, what)
  const version = fields.u8()
  if (version !== 1) throw fields.malformed(`is of version ${version}`)
  fields.take(7)
  return { isNew: false, hasOrder: false, block: { address: address + 16, length: fields.u32() } }
}

/** Version 2: `OHDR`, the size of the first block in as many bytes as a flag says, messages, a checksum. */
async function newHeader(file: Hdf5File, address: number, what: string): Promise<Header> {
  const head = await file.fields(address, 6, what)
  head.take(4)
  const version = head.u8()
  if (version !== 2) throw head.malformed(`is of version ${version}`)
  const flags = head.u8()
  const skipped = (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0)
  const width = 1 << (flags & 3)
  const fields = await file.fields(address, 6 + skipped + width, what)
  fields.take(6 + skipped)
  const length = fields.uint(width)
  await file.checked(address, fields.at + length + 4, what)
  return { isNew: true, hasOrder: (flags & 0x04) !== 0, block: { address: address + fields.at, length } }
}

/** A further block of version 2: `OCHK`, messages, a checksum. */
async function continued(file: Hdf5File, block: Block, what: string): Promise<Fields> {
  const fields = await file.checked(block.address, block.length, what)
  fields.signature('OCHK')
  return fields
}

function* messagesOf(
  fields: Fields,
  block: Block,
  { isNew, hasOrder }: Header,
  file: Hdf5File,
  what: string,
): Generator<Message> {
  const prefix = isNew ? (hasOrder ? 6 : 4) : 8
  while (fields.left >= prefix) {
    const type = isNew ? fields.u8() : fields.u16()
    const length = fields.u16()
    const flags = fields.u8()
    fields.take(prefix - (isNew ? 4 : 5))
    const offset = file.offsetOf(block.address + fields.at)
    const data = fields.take(length)
    if (type > lastKnownType && (flags & failsIfUnknown) !== 0)
      throw fields.unsupported(`has a message of type ${type}, which a reader must know`)
    yield {
      type,
      fields: fields.within(data, what),
      offset,
      isShared: (flags & isShared) !== 0,
    }
  }
}

/**
 * The message itself, where it is kept in the header of another object: a type that datasets share.
 *
 * @throws SdinspectError `unsupported/feature` for those in the file's table of shared messages
 */
export async function unshared(file: Hdf5File, message: Message, what: string): Promise<Message> {
  if (!message.isShared) return message
  return sharedMessage(file, message.fields, message.type, what)
}

/** The message of `type` that a shared message (`fields`) stands for. */
export async function sharedMessage(
  file: Hdf5File,
  fields: Fields,
  type: number,
  what: string,
): Promise<Message> {
  const version = fields.u8()
  const kind = fields.u8()
  if (version === 1) fields.take(6)
  if (version > 3 || (version === 3 && kind === 1))
    throw fields.unsupported('keeps a message in the table of shared messages, which is not read')
  const address = fields.address()
  const found =
    address === null
      ? undefined
      : (await readMessages(file, address, what)).find((other) => other.type === type && !other.isShared)
  if (found === undefined) throw fields.malformed('shares a message that is not there')
  return found
}
