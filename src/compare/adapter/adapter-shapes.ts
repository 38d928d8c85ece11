import { elementsOf } from '../../model/tensors/tensor.ts'
import type { AdaptedModule, AdapterSlot } from './adapter-parts.ts'

/** What the shapes of an adapter's tensors say beside the weight that they adapt. */
export type ShapeVerdict =
  | { readonly fits: true; readonly rank: number | null }
  | {
      readonly fits: false
      readonly tensor: string
      readonly shape: readonly number[]
      readonly wanted: string
    }
  | { readonly fits: 'unknown' }
  | { readonly fits: 'incomplete'; readonly missing: readonly string[] }

type Shape = readonly number[]

/** A weight seen as a matrix: rows are outputs, columns inputs, times the size of a kernel. */
interface Matrix {
  readonly rows: number
  readonly columns: number
  readonly kernel: number
}

/**
 * Whether the update of an adapter has the shape of a weight: `[out, in]` of Linear and of convolutions with their kernels
 * behind it, `[in, out]` where `isTransposed` (Conv1D), `[rows, width]` of embeddings. peft/tuners/*\/layer.py, lycoris.
 */
export function adapterShapes(module: AdaptedModule, weight: Shape, isTransposed: boolean): ShapeVerdict {
  if (weight.length < 2) return oneVector(module, weight)
  const [first = 0, second = 0, ...kernel] = weight
  const matrix: Matrix = {
    rows: isTransposed ? second : first,
    columns: isTransposed ? first : second,
    kernel: elementsOf(kernel),
  }
  const { slots } = module
  const has = (slot: AdapterSlot) => slots.has(slot)
  if (has('embedding down') || has('embedding up')) return embedding(module, weight)
  if (has('down') || has('up')) return lowRank(module, matrix)
  if ([...slots.keys()].some((slot) => slot.startsWith('hada'))) return hadamard(module, matrix)
  if ([...slots.keys()].some((slot) => slot.startsWith('lokr'))) return kronecker(module, matrix)
  if (has('scale')) return scale(module, matrix)
  if (has('oft')) return rotation(module, matrix)
  if (has('vera out'))
    return check(
      [[module, 'vera out', ([n]) => n === matrix.rows, `[${matrix.rows}]`]],
      sizeOf(module, 'vera rank', 0),
    )
  if (has('tokens')) return check([[module, 'tokens', (s) => s[1] === second, `[…, ${second}]`]], null)
  return { fits: 'unknown' }
}

type Rule = readonly [AdaptedModule, AdapterSlot, (shape: Shape) => boolean, string]

/** The first tensor that is not as it has to be. */
function check(rules: readonly Rule[], rank: number | null): ShapeVerdict {
  for (const [module, slot, fits, wanted] of rules) {
    const tensor = module.slots.get(slot)
    if (tensor !== undefined && !fits(tensor.shape))
      return { fits: false, tensor: tensor.name, shape: tensor.shape, wanted }
  }
  return { fits: true, rank }
}

const sizeOf = ({ slots }: AdaptedModule, slot: AdapterSlot, dimension: number): number | null =>
  slots.get(slot)?.shape[dimension] ?? null

function incomplete(module: AdaptedModule, slots: readonly AdapterSlot[]): ShapeVerdict | null {
  const missing = slots.filter((slot) => !module.slots.has(slot))
  return missing.length === 0 ? null : { fits: 'incomplete', missing }
}

/** Elements per row and column of a factor, its kernel among the columns. */
const width = (shape: Shape) => elementsOf(shape.slice(1))

function lowRank(module: AdaptedModule, { rows, columns, kernel }: Matrix): ShapeVerdict {
  const half = incomplete(module, ['down', 'up'])
  if (half !== null) return half
  const rank = sizeOf(module, 'down', 0) as number
  const isSplit = module.slots.has('mid')
  return check(
    [
      [
        module,
        'down',
        // A kernel is in the lower half, or in a third factor between the two.
        (shape) => width(shape) === (isSplit ? columns : columns * kernel) || width(shape) === columns,
        `[${rank}, ${kernel === 1 || isSplit ? columns : `${columns}, …`}]`,
      ],
      [module, 'up', (shape) => shape[0] === rows && shape[1] === rank, `[${rows}, ${rank}]`],
      [module, 'up bias', (shape) => elementsOf(shape) === rows, `[${rows}]`],
      [module, 'magnitude', (shape) => [rows, columns].includes(elementsOf(shape)), `[${rows}]`],
    ],
    rank,
  )
}

function embedding(module: AdaptedModule, [rows = 0, columns = 0]: Shape): ShapeVerdict {
  const half = incomplete(module, ['embedding down', 'embedding up'])
  if (half !== null) return half
  const rank = sizeOf(module, 'embedding down', 0) as number
  return check(
    [
      [module, 'embedding down', (shape) => shape[1] === rows, `[${rank}, ${rows}]`],
      [module, 'embedding up', (s) => s[0] === columns && s[1] === rank, `[${columns}, ${rank}]`],
    ],
    rank,
  )
}

function hadamard(module: AdaptedModule, { rows, columns, kernel }: Matrix): ShapeVerdict {
  const half = incomplete(module, ['hada w1_a', 'hada w1_b', 'hada w2_a', 'hada w2_b'])
  if (half !== null) return half
  const hasCore = module.slots.has('hada t1')
  const rank = sizeOf(module, 'hada w1_b', 0) as number
  const rules = (['hada w1_a', 'hada w1_b', 'hada w2_a', 'hada w2_b'] as const).map((slot): Rule => {
    const isUp = slot.endsWith('a')
    const wanted = isUp
      ? hasCore
        ? [rank, rows]
        : [rows, rank]
      : [rank, hasCore ? columns : columns * kernel]
    return [
      module,
      slot,
      (shape) => shape[0] === wanted[0] && width(shape) === wanted[1],
      `[${wanted.join(', ')}]`,
    ]
  })
  return check(rules, rank)
}

/** The update is the Kronecker product of two factors, each whole or the product of two halves. */
function kronecker(module: AdaptedModule, { rows, columns, kernel }: Matrix): ShapeVerdict {
  const { slots } = module
  const size = (factor: 'w1' | 'w2'): { rows: number; columns: number } | null => {
    const whole = slots.get(`lokr ${factor}`)
    if (whole !== undefined) return { rows: whole.shape[0] ?? 0, columns: width(whole.shape) }
    const [up, down] = [slots.get(`lokr ${factor}_a`), slots.get(`lokr ${factor}_b`)]
    if (up === undefined || down === undefined) return null
    const core = factor === 'w2' ? slots.get('lokr t2') : undefined
    // With a core between them both halves have the rank first, and the core the kernel.
    if (core !== undefined)
      return { rows: width(up.shape), columns: width(down.shape) * elementsOf(core.shape.slice(2)) }
    return { rows: up.shape[0] ?? 0, columns: width(down.shape) }
  }
  const [one, two] = [size('w1'), size('w2')]
  if (one === null || two === null)
    return { fits: 'incomplete', missing: [one === null ? 'lokr w1' : 'lokr w2'] }
  const shape = [one.rows * two.rows, one.columns * two.columns]
  const [first] = slots.values()
  if (shape[0] !== rows || shape[1] !== columns * kernel)
    return {
      fits: false,
      tensor: first?.name ?? '',
      shape,
      wanted: `a product of [${rows}, ${columns * kernel}]`,
    }
  return { fits: true, rank: sizeOf(module, 'lokr w2_b', 0) }
}

/** A factor for each output, or of a feed-forward layer for each input. */
function scale(module: AdaptedModule, { rows, columns }: Matrix): ShapeVerdict {
  const isOfInputs = (shape: Shape) => shape[0] === 1 && shape.length > 1
  const isIn = isOfInputs(module.slots.get('scale')?.shape ?? [])
  const length = isIn ? columns : rows
  return check(
    [[module, 'scale', (s) => elementsOf(s) === length, isIn ? `[1, ${length}]` : `[${length}, 1]`]],
    null,
  )
}

/** Blocks of a rotation, each the upper half of a skew-symmetric matrix. */
function rotation(module: AdaptedModule, { columns, kernel }: Matrix): ShapeVerdict {
  return check(
    [
      [
        module,
        'oft',
        ([blocks = 0, halves = 0]) => {
          const block = (1 + Math.sqrt(1 + 8 * halves)) / 2
          return blocks === 1 ? (columns * kernel) % block === 0 : blocks * block === columns * kernel
        },
        `blocks of ${columns * kernel} together`,
      ],
    ],
    null,
  )
}

/** Of a norm or bias: one factor for each of its elements. */
function oneVector(module: AdaptedModule, weight: Shape): ShapeVerdict {
  if (!module.slots.has('scale')) return { fits: 'unknown' }
  const length = elementsOf(weight)
  return check([[module, 'scale', (shape) => elementsOf(shape) === length, `[${length}]`]], null)
}
