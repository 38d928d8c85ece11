import { SdinspectError } from '../../errors.ts'
import { type DType, dtypes } from '../../model/tensors/dtype.ts'
import { elementsOf } from '../../model/tensors/tensor.ts'
import { doublesOf } from '../doubles.ts'
import { type Decoding, decodedWindows } from '../statistics/decoded-windows.ts'
import { type NoItem, type ValueItem, workedOutPart } from '../statistics/statistics-plan.ts'
import type { Bookkeeping, PackedWeight, Recipe, StoredTensor } from './dequantiser.ts'
import { recipeOf } from './index.ts'
import { type SteppedValues, steppedValues } from './stepped.ts'

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

interface Found {
  readonly tensor: ReportedTensor
  readonly weight: PackedWeight
  readonly recipe: Recipe
}

/** All that working out one weight takes, as plain data. */
export interface ToldWeight {
  readonly tensor: ReportedTensor
  /** Tensors that its layout asks after. */
  readonly among: readonly ReportedTensor[]
  /** Settings that its layout asks after. */
  readonly said: readonly (readonly [key: string, value: unknown])[]
}

/** Gives the values of a tensor in windows of whole elements, or a piece of them in bytes. */
export type ReadStored = (
  name: string,
  options: { readonly windowBytes: number; readonly range?: { readonly from: number; readonly to: number } },
) => AsyncIterable<Uint8Array>

/** The packed weights of a state dict, as items whose values are worked out when they are read. */
export class WorkedOut {
  readonly #among: (name: string) => ReportedTensor | undefined
  readonly #said: PackedWeight['said']
  readonly #read: ReadStored
  /** By the place of their tensor. */
  readonly #found = new Map<number, Found>()
  /** Of the weight that was read last. */
  #last: { readonly index: number; readonly decoding: Decoding } | undefined

  constructor(
    among: (name: string) => ReportedTensor | undefined,
    said: PackedWeight['said'],
    read: ReadStored,
  ) {
    this.#among = among
    this.#said = said
    this.#read = read
  }

  /**
   * What is worked out from a tensor, or why nothing is; null for what is no packed weight.
   *
   * @param isRun whether the tensor is one run of bytes of a file
   */
  item(index: number, tensor: ReportedTensor | undefined, isRun: boolean): ValueItem | NoItem | null {
    if (tensor === undefined) return null
    const { dtype, quantised, tiedTo } = tensor
    if (quantised === undefined || quantised.logicalElements === 0 || tiedTo !== null) return null
    const head = { index, part: workedOutPart, isWorkedOut: true } as const
    const weight = this.#weight(tensor)
    const recipe = weight === null ? null : recipeOf(weight)
    if (weight === null || recipe === null || dtype === null)
      return { ...head, bytes: 0, reason: `how ${quantised.scheme} is worked out is not known for it` }
    this.#found.set(index, { tensor, weight, recipe })
    const elements = elementsOf(weight.logicalShape)
    const isCut = isRun && !recipe.isUneven
    return { ...head, dtype: 'F32', shape: weight.logicalShape, elements, bytes: 4 * elements, isRun: isCut }
  }

  /** What another thread has to be told to work out an item of these, and the names of all tensors that it reads. */
  told({ index }: Pick<ValueItem, 'index'>): ToldWeight & { readonly names: readonly string[] } {
    const { tensor, recipe } = this.#found.get(index) as Found
    const among = new Map<string, ReportedTensor>()
    const said = new Map<string, unknown>()
    const weight = this.#weight(
      tensor,
      (name) => {
        const found = this.#among(name)
        if (found !== undefined) among.set(name, plainReported(found))
        return found
      },
      (key) => {
        const value = this.#said(key)
        said.set(key, value)
        return value
      },
    )
    if (weight !== null) recipeOf(weight)
    return {
      tensor: plainReported(tensor),
      among: [...among.values()],
      said: [...said],
      names: [tensor.name, ...recipe.needs],
    }
  }

  /** The values of an item of these, as F32; of a range of them, in bytes. */
  async *windows(
    { index, elements }: Pick<ValueItem, 'index' | 'elements'>,
    range: { readonly from: number; readonly to: number } | undefined,
  ): AsyncGenerator<Uint8Array> {
    const found = this.#found.get(index)
    if (found === undefined) throw new SdinspectError('internal/bug', 'a weight was asked for that is none')
    const { weight, recipe } = found
    const stored = (elementsOf(weight.shape) * dtypes[weight.dtype].bits) / 8
    const units = Math.ceil(elements / recipe.values)
    const held = Math.floor(stored / recipe.unit) * recipe.values
    // Beyond the weights there may be padding, of less than a unit where the layout has no more.
    if (units * recipe.unit > stored || (!recipe.isPadded && units * recipe.unit < stored))
      throw new SdinspectError(
        'unsupported/feature',
        `it holds ${held} values, and stands for ${elements} weights`,
      )
    if (this.#last?.index !== index) this.#last = { index, decoding: await this.#decoding(weight, recipe) }
    const [first, last] = range === undefined ? [0, elements] : [range.from / 4, range.to / 4]
    const [fromUnit, toUnit] = [Math.floor(first / recipe.values), Math.ceil(last / recipe.values)]
    const from = fromUnit * recipe.unit
    const isWhole = range === undefined
    const read = this.#read(weight.name, {
      windowBytes,
      ...(!isWhole && { range: { from, to: toUnit * recipe.unit } }),
    })
    let at = fromUnit * recipe.values
    for await (const bytes of decodedWindows(read, this.#last.decoding, from)) {
      const count = bytes.length / 4
      const [begin, end] = [Math.max(0, first - at), Math.min(count, last - at)]
      if (end > begin) yield bytes.subarray(4 * begin, 4 * end)
      at += count
    }
    if (at < last)
      throw new SdinspectError(
        'unsupported/feature',
        `it holds ${at} values, and stands for ${elements} weights`,
      )
  }

  /** All values of an item in the order of the weight, with the step at each. */
  async *stepped({ index, elements }: Pick<ValueItem, 'index' | 'elements'>): AsyncGenerator<SteppedValues> {
    const { weight, recipe } = this.#found.get(index) as Found
    const decoding = await this.#decoding(weight, recipe)
    yield* steppedValues(this.#read(weight.name, { windowBytes }), decoding, recipe, elements)
  }

  /** Whether the values of an item, in that order, are those of the transposed weight. */
  isTransposed({ index }: Pick<ValueItem, 'index'>): boolean {
    return this.#found.get(index)?.recipe.isTransposed === true
  }

  async #decoding(weight: PackedWeight, recipe: Recipe): Promise<Decoding> {
    const decode = recipe.start(await this.#bookkeeping(weight, recipe))
    if (decode === null)
      throw new SdinspectError('unsupported/feature', 'what stands beside it is not what its layout asks for')
    return { unit: recipe.unit, decode }
  }

  #weight(
    { name, dtype, shape, quantised }: ReportedTensor,
    among = this.#among,
    said = this.#said,
  ): PackedWeight | null {
    if (dtype === null || quantised?.logicalElements == null) return null
    const { scheme, logicalShape = [quantised.logicalElements] } = quantised
    return { name, dtype, shape, scheme, logicalShape, said, beside: (other) => stored(among(other)) }
  }

  /** @throws SdinspectError `unsupported/feature` where it is larger than fits */
  async #bookkeeping({ beside }: PackedWeight, { needs }: Recipe): Promise<Bookkeeping> {
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
      for await (const window of this.#read(name, { windowBytes })) {
        const doubles = doublesOf(window, dtype)
        if (doubles === null)
          throw new SdinspectError('unsupported/feature', `${dtype} beside it is no number`)
        all.set(doubles.subarray(0, elements - at), at)
        at += doubles.length
      }
      numbers.set(name, all)
    }
    return numbers
  }
}

function stored(tensor: ReportedTensor | undefined): StoredTensor | undefined {
  if (tensor === undefined || tensor.dtype === null) return undefined
  return { name: tensor.name, dtype: tensor.dtype, shape: tensor.shape }
}

function plainReported({ name, dtype, shape, tiedTo, quantised }: ReportedTensor): ReportedTensor {
  if (quantised === undefined) return { name, dtype, shape, tiedTo }
  const { scheme, logicalElements, logicalShape } = quantised
  const known = { scheme, logicalElements, ...(logicalShape && { logicalShape }) }
  return { name, dtype, shape, tiedTo, quantised: known }
}
