import { elementsOf } from '../../model/tensors/tensor.ts'
import { readShape } from './dataspace.ts'
import { type Datatype, readDatatype } from './datatype.ts'
import { denseObjects } from './dense-storage.ts'
import { type Fields, textOf } from './fields.ts'
import type { GlobalHeap } from './global-heap.ts'
import type { Hdf5File } from './hdf5-file.ts'
import { type Message, messageTypes, sharedMessage } from './object-header.ts'

// HDF5 File Format Specification 3.0, IV.A.2.m and v: attributes in the header, and those in a heap of their own.

const sharedType = 0x01
const sharedSpace = 0x02
/** Texts of one attribute: `weight_names` of the largest layers has hundreds. */
const mostTexts = 1_000_000

/** An attribute of a group or dataset that is text: one, or a list of them. Others are passed over. */
export type Attributes = ReadonlyMap<string, string | readonly string[]>

/**
 * The attributes of an object that are text.
 *
 * @param what for messages: `the group "layers"`
 * @throws SdinspectError `format/*`, `unsupported/feature`
 */
export async function readAttributes(
  file: Hdf5File,
  heap: GlobalHeap,
  messages: readonly Message[],
  what: string,
): Promise<Attributes> {
  const label = `an attribute of ${what}`
  const found = new Map<string, string | readonly string[]>()
  const keep = async (fields: Fields) => {
    const attribute = await readAttribute(file, heap, fields, label)
    if (attribute !== null) found.set(attribute.name, attribute.value)
  }
  for (const message of messages) {
    if (message.type === messageTypes.attribute) {
      const { fields } = message.isShared
        ? await sharedMessage(file, message.fields, message.type, label)
        : message
      await keep(fields)
    } else if (message.type === messageTypes.attributeInfo)
      for (const bytes of await dense(file, message.fields, label))
        await keep(message.fields.within(bytes, label))
  }
  return found
}

async function dense(file: Hdf5File, fields: Fields, what: string): Promise<Uint8Array[]> {
  fields.u8()
  const flags = fields.u8()
  if (flags & 1) fields.u16()
  const heap = fields.address()
  const names = fields.address()
  if (heap === null || names === null) return []
  // Records of names: the place in the heap, flags, the order of creation, the hash of the name.
  return denseObjects(file, heap, names, { type: 8, skip: 0, idBytes: 8, orderAt: 9, orderBytes: 4 }, what)
}

async function readAttribute(
  file: Hdf5File,
  heap: GlobalHeap,
  fields: Fields,
  what: string,
): Promise<{ readonly name: string; readonly value: string | readonly string[] } | null> {
  const version = fields.u8()
  if (version < 1 || version > 3) throw fields.malformed(`is of version ${version}`)
  const flags = fields.u8()
  const sizes = { name: fields.u16(), type: fields.u16(), space: fields.u16() }
  if (version === 3) fields.u8()
  // Version 1 pads each part to a multiple of eight bytes.
  const part = (bytes: number) => {
    const taken = fields.take(bytes)
    if (version === 1) fields.take(Math.min(fields.left, (8 - (bytes % 8)) % 8))
    return taken
  }
  const name = textOf(part(sizes.name))
  const type = await typeOf(
    file,
    fields.within(part(sizes.type), what),
    version > 1 && (flags & sharedType) !== 0,
    what,
  )
  const space = fields.within(part(sizes.space), what)
  const found =
    version > 1 && (flags & sharedSpace) !== 0
      ? readShape((await sharedMessage(file, space, messageTypes.dataspace, what)).fields, file, what)
      : readShape(space, file, what)
  const shape = found?.lengths ?? null
  if (shape === null || (type.kind !== 'text' && type.kind !== 'texts of any length')) return null
  const count = elementsOf(shape)
  if (count > mostTexts || count * type.bytes > fields.left)
    throw fields.malformed(`is said to have ${count} texts, more than it has`)
  const texts: string[] = []
  for (let i = 0; i < count; i++)
    texts.push(
      type.kind === 'text' ? textOf(fields.take(type.bytes)) : await anyLength(heap, fields, type, what),
    )
  return { name, value: shape.length === 0 ? (texts[0] as string) : texts }
}

async function typeOf(file: Hdf5File, fields: Fields, isShared: boolean, what: string): Promise<Datatype> {
  if (!isShared) return readDatatype(fields)
  return readDatatype((await sharedMessage(file, fields, messageTypes.datatype, what)).fields)
}

async function anyLength(
  heap: GlobalHeap,
  fields: Fields,
  { bytes }: Datatype,
  what: string,
): Promise<string> {
  const element = fields.within(fields.take(bytes), what)
  const length = element.u32()
  const address = element.address()
  if (length === 0 || address === null || address === 0) return ''
  return heap.text(address, element.u32(), length, what)
}
