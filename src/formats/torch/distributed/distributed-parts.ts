import { elementsOf } from '../../../model/tensors/tensor.ts'
import type { Box, Chunk } from '../../../model/values/chunk.ts'
import type { NoValues, Values } from '../../../model/values/values.ts'
import type { DistributedBlob, DistributedTensor } from './distributed-metadata.ts'

/** Pairs of parts that are compared of one checkpoint. Ten thousand shards in a grid take a million. */
const mostComparisons = 10_000_000

/** Puts the parts of tensors together, and remembers those that do not fit. */
export class DistributedParts {
  /** What is wrong with the parts of a tensor, by its name. */
  readonly problems = new Map<string, string>()
  private readonly blobs = new Map<string, DistributedBlob[]>()
  private comparisons = 0

  constructor(blobs: readonly DistributedBlob[]) {
    for (const blob of blobs) {
      const own = this.blobs.get(blob.name)
      if (own === undefined) this.blobs.set(blob.name, [blob])
      else own.push(blob)
    }
  }

  /** Where the values of a tensor are: one chunk for each of its parts. They have to make the whole of it. */
  valuesOf(tensor: DistributedTensor): Values | NoValues {
    const blobs = this.blobs.get(tensor.name) ?? []
    const chunks: Chunk[] = []
    // A rank that got nothing of a tensor may list a part without values, anywhere.
    const parts = tensor.parts.filter(({ shape }) => !shape.includes(0))
    const listed = new Map(parts.map((part) => [part.start.join(), part]))
    if (listed.size < parts.length) return this.wrong(tensor, 'two parts begin at the same place')
    const empty = new Set(
      tensor.parts.filter(({ shape }) => shape.includes(0)).map(({ start }) => start.join()),
    )
    for (const blob of blobs) {
      // A writer that knows no parts gives no place: the one part is all of it.
      const start = blob.start ?? tensor.shape.map(() => 0)
      const box = listed.get(start.join())
      if (box === undefined && empty.has(start.join())) continue
      if (box === undefined)
        return this.wrong(tensor, `a stored part begins at [${shown(start)}], and none is listed there`)
      if (blob.isTransformed) return 'layout not known'
      const { file, offset, length } = blob
      chunks.push({ file, offset, length, blob: true, box })
    }
    const problem = this.problemOf(
      tensor.shape,
      chunks.map(({ box }) => box as Box),
    )
    return problem === null ? { chunks } : this.wrong(tensor, problem)
  }

  private wrong({ name }: DistributedTensor, problem: string): NoValues {
    this.problems.set(name, problem)
    return 'layout not known'
  }

  private problemOf(shape: readonly number[], boxes: readonly Box[]): string | null {
    const whole = elementsOf(shape)
    if (whole === 0) return null
    let sum = 0
    for (const { start, shape: size } of boxes) {
      const isInside =
        start.length === shape.length &&
        size.length === shape.length &&
        shape.every((length, i) => (start[i] as number) + (size[i] as number) <= length)
      if (!isInside) return `the part [${shown(size)}] at [${shown(start)}] is not inside [${shown(shape)}]`
      sum += elementsOf(size)
    }
    if (sum < whole) return `its parts hold ${sum} of ${whole} values`
    return sum > whole || this.overlap(shape, boxes) ? 'some of its parts hold the same values' : null
  }

  /** Whether two boxes have a value in common: swept along the dimension that tells most of them apart. */
  private overlap(shape: readonly number[], boxes: readonly Box[]): boolean {
    if (boxes.length < 2) return false
    const starts = shape.map((_, axis) => new Set(boxes.map(({ start }) => start[axis])).size)
    const axis = starts.indexOf(Math.max(...starts))
    const from = (box: Box, i = axis) => box.start[i] as number
    const to = (box: Box, i = axis) => from(box, i) + (box.shape[i] as number)
    let open: Box[] = []
    for (const box of [...boxes].sort((a, b) => from(a) - from(b))) {
      open = open.filter((other) => to(other) > from(box))
      this.comparisons += open.length + 1
      // Not known to be apart, so not said to be.
      if (this.comparisons > mostComparisons) return true
      const meets = (other: Box) =>
        shape.every((_, i) => from(box, i) < to(other, i) && from(other, i) < to(box, i))
      if (open.some(meets)) return true
      open.push(box)
    }
    return false
  }
}

function shown(numbers: readonly number[]): string {
  return numbers.slice(0, 20).join(', ')
}
