import type { ByteSource } from '../source/source.ts'

/** The most that is read in one go of values that are not next to each other. */
const pieceBytes = 1 << 20
/** Values that are closer than this are read together with what is between them. */
const gapBytes = 1 << 14
const readsAtOnce = 16

/** Where a box of values is: the first one and the distances along each dimension, in blocks. */
export interface Strided {
  readonly start: number
  readonly strides: readonly number[]
}

interface Dimension {
  readonly length: number
  /** In blocks. */
  readonly from: number
  readonly to: number
}

/**
 * Copies a box of values out of a source. Reads little at a time, however far apart they are: a hostile stride
 * costs time and no memory. Goes through the source from front to back.
 *
 * @param shape of the box, in blocks
 * @param target begins where its buffer does
 * @param blockBytes of one block
 */
export async function copyBox(
  shape: readonly number[],
  source: ByteSource,
  from: Strided,
  target: Uint8Array,
  to: Strided,
  blockBytes: number,
): Promise<void> {
  if (shape.includes(0)) return
  const dimensions = shape
    .map((length, i) => ({ length, from: from.strides[i] as number, to: to.strides[i] as number }))
    .filter(({ length }) => length > 1)
    .sort((a, b) => b.from - a.from)
  const { outer, inner } = split(dimensions, blockBytes)
  const lengthOf = (dimensions: readonly Dimension[]) => spanOf(dimensions) * blockBytes
  let reading: Promise<void>[] = []
  for (const part of walk(outer, inner)) {
    const read = source.read((from.start + part.from) * blockBytes, lengthOf(part.dimensions))
    reading.push(
      read.then((piece) => scatter(piece, part.dimensions, target, to.start + part.to, blockBytes)),
    )
    if (reading.length < readsAtOnce) continue
    await settle(reading)
    reading = []
  }
  await settle(reading)
}

/** Waits for all, so that nothing is read any more when the error of one is out. */
async function settle(reading: readonly Promise<void>[]): Promise<void> {
  for (const settled of await Promise.allSettled(reading))
    if (settled.status === 'rejected') throw settled.reason
}

/** Blocks from the first to past the last. */
function spanOf(dimensions: readonly Dimension[]): number {
  return dimensions.reduce((span, { length, from }) => span + (length - 1) * from, 1)
}

interface Outer extends Dimension {
  /** Of the `length` rows, how many are read at once. */
  readonly step: number
}

/** The dimensions that one read takes whole, and around them those that are gone through. */
function split(dimensions: readonly Dimension[], blockBytes: number): { outer: Outer[]; inner: Dimension[] } {
  let begin = dimensions.length
  let span = 1
  while (begin > 0) {
    const { length, from } = dimensions[begin - 1] as Dimension
    const rows = rowsAtOnce(from, span, blockBytes)
    if (rows < length) {
      const first = { ...(dimensions[begin - 1] as Dimension), step: rows }
      const outer = dimensions.slice(0, begin - 1).map((one) => ({ ...one, step: 1 }))
      return { outer: [...outer, first], inner: dimensions.slice(begin) }
    }
    span += (length - 1) * from
    begin--
  }
  return { outer: [], inner: [...dimensions] }
}

/** Rows of a dimension that one read may take, each of `span` blocks and `from` blocks after the one before. */
function rowsAtOnce(from: number, span: number, blockBytes: number): number {
  if (from === 0) return Number.POSITIVE_INFINITY
  if ((from - span) * blockBytes > gapBytes) return 1
  return Math.max(1, Math.floor((pieceBytes / blockBytes - span) / from) + 1)
}

interface Part {
  /** In blocks, from the start of the box. */
  readonly from: number
  readonly to: number
  readonly dimensions: readonly Dimension[]
}

/** Every read of the box. Without recursion: a view may have any number of dimensions. */
function* walk(outer: readonly Outer[], inner: readonly Dimension[]): Generator<Part> {
  const at = outer.map(() => 0)
  for (;;) {
    let from = 0
    let to = 0
    outer.forEach((dimension, i) => {
      from += (at[i] as number) * dimension.from
      to += (at[i] as number) * dimension.to
    })
    const last = outer[outer.length - 1]
    const rows = last === undefined ? 1 : Math.min(last.step, last.length - (at[outer.length - 1] as number))
    yield {
      from,
      to,
      dimensions: last === undefined || rows === 1 ? inner : [{ ...last, length: rows }, ...inner],
    }
    let axis = outer.length - 1
    for (; axis >= 0; axis--) {
      const { length, step } = outer[axis] as Outer
      at[axis] = (at[axis] as number) + step
      if ((at[axis] as number) < length) break
      at[axis] = 0
    }
    if (axis < 0) return
  }
}

/** Puts the values of a piece where they belong. Blocks go as whole units, so a NaN keeps its bits. */
function scatter(
  piece: Uint8Array,
  dimensions: readonly Dimension[],
  target: Uint8Array,
  start: number,
  blockBytes: number,
): void {
  const unitBytes = blockBytes % 4 === 0 ? 4 : blockBytes % 2 === 0 ? 2 : 1
  const units = blockBytes / unitBytes
  const from = unitsOf(piece, unitBytes)
  const to = unitsOf(target, unitBytes)
  const inner = dimensions[dimensions.length - 1] ?? { length: 1, from: 1, to: 1 }
  const outer = dimensions.slice(0, -1)
  const at = outer.map(() => 0)
  let source = 0
  let goal = start
  for (;;) {
    copyRow(from, source * units, to, goal * units, inner, units)
    let axis = outer.length - 1
    for (; axis >= 0; axis--) {
      const dimension = outer[axis] as Dimension
      at[axis] = (at[axis] as number) + 1
      source += dimension.from
      goal += dimension.to
      if ((at[axis] as number) < dimension.length) break
      source -= dimension.length * dimension.from
      goal -= dimension.length * dimension.to
      at[axis] = 0
    }
    if (axis < 0) return
  }
}

type Units = Uint8Array | Uint16Array | Uint32Array

/** Bytes as larger units; copied where they are not aligned, which the target always is. */
function unitsOf(bytes: Uint8Array, unitBytes: number): Units {
  if (unitBytes === 1) return bytes
  const { buffer, byteOffset, length } = bytes.byteOffset % unitBytes === 0 ? bytes : new Uint8Array(bytes)
  return unitBytes === 4
    ? new Uint32Array(buffer, byteOffset, length / 4)
    : new Uint16Array(buffer, byteOffset, length / 2)
}

function copyRow(
  from: Units,
  source: number,
  to: Units,
  goal: number,
  { length, from: step, to: stride }: Dimension,
  units: number,
): void {
  if (step === 1 && stride === 1) {
    to.set(from.subarray(source, source + length * units), goal)
    return
  }
  for (let i = 0; i < length; i++) {
    const begin = source + i * step * units
    const end = goal + i * stride * units
    for (let unit = 0; unit < units; unit++) to[end + unit] = from[begin + unit] as number
  }
}
