import type { Fields } from './fields.ts'
import type { Hdf5File } from './hdf5-file.ts'

// HDF5 File Format Specification 3.0, III.A.2: B-trees of version 2.

const signatureBytes = 6
const checksumBytes = 4
const mostDepth = 32

/** Bytes that a number up to `limit` takes. */
function bytesUpTo(limit: number): number {
  return Math.floor(Math.log2(Math.max(1, limit)) / 8) + 1
}

interface Level {
  readonly records: number
  /** In this level and all below. */
  readonly all: number
}

interface Tree {
  readonly type: number
  readonly nodeBytes: number
  readonly recordBytes: number
  readonly depth: number
  readonly root: number | null
  readonly rootRecords: number
  readonly records: number
}

/**
 * All records of the tree at `address`, in its order.
 *
 * @param type of records that the tree must hold
 * @throws SdinspectError `format/malformed`, `limit/exceeded`
 */
export async function readBTree(
  file: Hdf5File,
  address: number,
  type: number,
  what: string,
): Promise<Uint8Array[]> {
  const tree = await readHeader(file, address, what)
  if (tree.type !== type || tree.recordBytes === 0)
    throw (await file.fields(address, 4, what)).malformed('is of another kind')
  if (tree.root === null || tree.records === 0) return []
  const levels = levelsOf(tree, file.widths.address)
  const records: Uint8Array[] = []
  const seen = new Set<number>()
  const walk = async (node: number, count: number, depth: number): Promise<void> => {
    const fields = await file.checked(node, nodeLength(tree, levels, count, depth, file.widths.address), what)
    if (seen.has(node)) throw fields.malformed('leads in a circle')
    seen.add(node)
    fields.signature(depth === 0 ? 'BTLF' : 'BTIN')
    fields.take(2)
    const own = Array.from({ length: count }, () => fields.take(tree.recordBytes))
    const children = depth === 0 ? [] : childrenOf(fields, count + 1, levels, depth)
    for (let i = 0; i <= count; i++) {
      const child = children[i]
      if (child !== undefined) await walk(child.address, child.records, depth - 1)
      const record = own[i]
      if (record !== undefined) records.push(record)
      if (records.length > tree.records) throw fields.malformed('has more records than its header says')
    }
  }
  await walk(tree.root, tree.rootRecords, tree.depth)
  if (records.length !== tree.records)
    throw (await file.fields(address, 4, what)).malformed(
      `has ${records.length} records, and its header says ${tree.records}`,
    )
  return records
}

async function readHeader(file: Hdf5File, address: number, what: string): Promise<Tree> {
  const { widths } = file
  const fields = await file.checked(address, 16 + widths.address + 2 + widths.length + checksumBytes, what)
  fields.signature('BTHD')
  fields.u8()
  const type = fields.u8()
  const nodeBytes = fields.u32()
  const recordBytes = fields.u16()
  const depth = fields.u16()
  fields.take(2)
  const tree = {
    type,
    nodeBytes,
    recordBytes,
    depth,
    root: fields.address(),
    rootRecords: fields.u16(),
    records: fields.length(),
  }
  if (depth > mostDepth) throw fields.malformed(`is ${depth} levels deep`)
  return tree
}

/** How many records each level may have, which says how many bytes the counts of records take. */
function levelsOf({ nodeBytes, recordBytes, depth }: Tree, addressBytes: number): Level[] {
  const room = nodeBytes - signatureBytes - checksumBytes
  const leaf = Math.floor(room / recordBytes)
  const levels: Level[] = [{ records: leaf, all: leaf }]
  for (let level = 1; level <= depth; level++) {
    const below = levels[level - 1] as Level
    const pointer = pointerBytes(levels, level, addressBytes)
    const records = Math.floor((room - pointer) / (recordBytes + pointer))
    levels.push({ records, all: (records + 1) * below.all + records })
  }
  return levels
}

function pointerBytes(levels: readonly Level[], level: number, addressBytes: number): number {
  const below = levels[level - 1] as Level
  return addressBytes + bytesUpTo((levels[0] as Level).records) + (level > 1 ? bytesUpTo(below.all) : 0)
}

function nodeLength(
  { recordBytes }: Tree,
  levels: readonly Level[],
  count: number,
  depth: number,
  addressBytes: number,
): number {
  const pointers = depth === 0 ? 0 : (count + 1) * pointerBytes(levels, depth, addressBytes)
  return signatureBytes + count * recordBytes + pointers + checksumBytes
}

function childrenOf(
  fields: Fields,
  count: number,
  levels: readonly Level[],
  depth: number,
): { readonly address: number; readonly records: number }[] {
  return Array.from({ length: count }, () => {
    const address = fields.address()
    if (address === null) throw fields.malformed('has a node that is nowhere')
    const records = fields.uint(bytesUpTo((levels[0] as Level).records))
    if (depth > 1) fields.uint(bytesUpTo((levels[depth - 1] as Level).all))
    return { address, records }
  })
}
