import { isSdinspectError, SdinspectError } from '../../errors.ts'
import { type DType, dtypes } from '../../model/tensors/dtype.ts'
import { elementsOf } from '../../model/tensors/tensor.ts'
import type { TensorStatistics, Uncovered } from '../../model/values/statistics.ts'
import { doublesOf } from '../doubles.ts'
import { blockElements } from '../statistics/kernel.ts'
import { portableKernel } from '../statistics/portable-kernels.ts'
import { loadSimd } from '../statistics/simd-kernels.ts'
import { summaryOf } from '../statistics/summary.ts'
import type { Bookkeeping, PackedWeight, Recipe, StoredTensor } from './dequantiser.ts'
import { recipeOf } from './index.ts'

/** Of a weight's bookkeeping, which is read whole. */
const mostBookkeeping = 32 << 20
const windowBytes = 48 * 8_192

/** A tensor as a report has it. */
export interface ReportedTensor {
  readonly name: string
  readonly dtype: DType | null
  readonly shape: readonly number[]
  readonly tiedTo: string | null
  readonly quantised?: {
    readonly scheme: string
    readonly logicalElements: number | null
    readonly logicalShape?: readonly number[]
  }
}

/** Gives the values of a tensor in windows of whole elements. */
type Read = (name: string, windowBytes: number) => AsyncIterable<Uint8Array>

/** What packed weights come to once they are worked out, in F32; and those of which that is not known. */
export async function dequantisedStatistics(
  tensors: readonly ReportedTensor[],
  among: (name: string) => ReportedTensor | undefined,
  read: Read,
  said: PackedWeight['said'],
): Promise<{ readonly tensors: readonly TensorStatistics[]; readonly uncovered: readonly Uncovered[] }> {
  const found: TensorStatistics[] = []
  const uncovered: Uncovered[] = []
  for (const tensor of tensors) {
    const { name, dtype, quantised, tiedTo } = tensor
    if (quantised === undefined || quantised.logicalElements === 0 || tiedTo !== null) continue
    try {
      const weight = packedWeight(tensor, among, said)
      const recipe = weight === null ? null : recipeOf(weight)
      if (weight === null || recipe === null || dtype === null)
        throw new SdinspectError(
          'unsupported/feature',
          `how ${quantised.scheme} is worked out is not known for it`,
        )
      found.push({ ...(await statisticsOf(weight, recipe, read)), tiedTo: null })
    } catch (error) {
      if (!isSdinspectError(error)) throw error
      const { code, message: reason } = error
      uncovered.push({ name, part: 'dequantised', reason, ...(code !== 'unsupported/feature' && { code }) })
    }
  }
  return { tensors: found, uncovered }
}

function packedWeight(
  { name, dtype, shape, quantised }: ReportedTensor,
  among: (name: string) => ReportedTensor | undefined,
  said: PackedWeight['said'],
): PackedWeight | null {
  if (dtype === null || quantised?.logicalElements == null) return null
  const { scheme, logicalShape = [quantised.logicalElements] } = quantised
  return { name, dtype, shape, scheme, logicalShape, said, beside: (other) => stored(among(other)) }
}

function stored(tensor: ReportedTensor | undefined): StoredTensor | undefined {
  if (tensor === undefined || tensor.dtype === null) return undefined
  return { name: tensor.name, dtype: tensor.dtype, shape: tensor.shape }
}

async function statisticsOf(
  weight: PackedWeight,
  recipe: Recipe,
  read: Read,
): Promise<Omit<TensorStatistics, 'tiedTo'>> {
  const elements = elementsOf(weight.logicalShape)
  const decode = recipe.start(await bookkeepingOf(weight, recipe, read))
  if (decode === null)
    throw new SdinspectError('unsupported/feature', 'what stands beside it is not what its layout asks for')
  const makeKernel = (await loadSimd())?.kernel ?? portableKernel
  const kernel = makeKernel('F32', elements, 'full')
  if (kernel === null) throw new SdinspectError('internal/bug', 'no kernel for F32')
  const blocks = new Blocks(kernel)
  let offset = 0
  let count = 0
  for await (const bytes of read(weight.name, windowBytes)) {
    if (bytes.length % recipe.unit !== 0)
      throw new SdinspectError('unsupported/feature', 'it ends within a group')
    const values = decode(bytes, offset)
    count += values.length
    if (count > elements) break
    blocks.add(values)
    offset += bytes.length
  }
  if (count !== elements)
    throw new SdinspectError(
      'unsupported/feature',
      `it holds ${count} values, and stands for ${elements} weights`,
    )
  return {
    name: weight.name,
    part: 'dequantised',
    dtype: 'F32',
    shape: weight.logicalShape,
    bytes: elements * 4,
    values: summaryOf(blocks.finish(), 'F32'),
  }
}

/** @throws SdinspectError `unsupported/feature` where it is larger than fits */
async function bookkeepingOf({ beside }: PackedWeight, { needs }: Recipe, read: Read): Promise<Bookkeeping> {
  const numbers = new Map<string, Float64Array>()
  let bytes = 0
  for (const name of needs) {
    const { dtype, shape } = beside(name) as StoredTensor
    const elements = elementsOf(shape)
    bytes += (elements * dtypes[dtype].bits) / 8
    if (bytes > mostBookkeeping)
      throw new SdinspectError(
        'unsupported/feature',
        `what stands beside it is over ${mostBookkeeping} bytes`,
      )
    const all = new Float64Array(elements)
    let at = 0
    for await (const window of read(name, windowBytes)) {
      const doubles = doublesOf(window, dtype)
      if (doubles === null) throw new SdinspectError('unsupported/feature', `${dtype} beside it is no number`)
      all.set(doubles.subarray(0, elements - at), at)
      at += doubles.length
    }
    numbers.set(name, all)
  }
  return numbers
}

/** Hands values on in whole blocks, as kernels want them. */
class Blocks {
  readonly #kernel: NonNullable<ReturnType<typeof portableKernel>>
  readonly #block = new Float32Array(48 * blockElements)
  #filled = 0

  constructor(kernel: NonNullable<ReturnType<typeof portableKernel>>) {
    this.#kernel = kernel
  }

  add(values: Float32Array): void {
    for (let at = 0; at < values.length; ) {
      const taken = Math.min(values.length - at, this.#block.length - this.#filled)
      this.#block.set(values.subarray(at, at + taken), this.#filled)
      this.#filled += taken
      at += taken
      if (this.#filled === this.#block.length) this.#flush()
    }
  }

  finish() {
    this.#flush()
    return this.#kernel.finish()
  }

  #flush(): void {
    if (this.#filled === 0) return
    const bytes = new Uint8Array(this.#block.buffer, 0, this.#filled * 4)
    const { room } = this.#kernel
    if (room === undefined) this.#kernel.add(bytes.slice())
    else {
      room.set(bytes)
      this.#kernel.add(room.subarray(0, bytes.length))
    }
    this.#filled = 0
  }
}
