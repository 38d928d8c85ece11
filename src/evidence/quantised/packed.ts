import { elementsOf } from '../../model/tensors/tensor.ts'
import type { Kind, Trainable } from '../../model/verdict.ts'
import type { ModuleView } from '../module-view.ts'
import type { OwnTensor } from '../own-tensors.ts'
import type { ModuleSettings } from './settings.ts'

/** One way to read a packed weight that its shapes allow. */
export interface Reading {
  /** Of one weight; fractions where several share bits (1.58). */
  readonly bits: number
  /** Weights that share a scale, where that follows. */
  readonly group?: number
  /** Of the weight it stands for: `[out, in]`, experts before them. Absent where only the count follows. */
  readonly shape?: readonly number[]
  /** Weights it stands for. */
  readonly elements: number
  /** Along the dimension that is packed: what the neighbours of the module can confirm. */
  readonly inputs?: number
}

/** Another tensor of a packed weight: not counted. */
export interface Companion {
  readonly own: OwnTensor
  readonly kind: Kind
  /** Default `no`. */
  readonly trainable?: Trainable | null
}

/** A packed weight and everything that belongs to it, as one layout has it. */
export interface PackedSet {
  /** `NVFP4`, `GPTQ`; the bits are added where they are known and not in the name. */
  readonly scheme: string
  readonly weight: OwnTensor
  readonly kind: Kind
  /** null: the layout does not say. */
  readonly trainable: Trainable | null
  /** Every reading that fits: one, and it is certain; several, and the neighbours decide; none, and only `least` is known. */
  readonly readings: readonly Reading[]
  /** Of several, the one to take where no neighbour decides: what the layer has but for rare lengths. */
  readonly likely?: Reading
  /** Fewest weights that the stored bytes can stand for. */
  readonly least: number
  /** Rows of the weight it stands for, where they follow. */
  readonly outputs?: number
  /** Columns of the weight, where its rows are packed: as many as some other layer of the model gives. */
  readonly gets?: number
  readonly companions: readonly Companion[]
  /** Unpacked tensors of the same layer, with how the layout registers them: its bias. */
  readonly plain?: readonly Companion[]
  /** Leaves that this layout cannot be read without and that are not there. */
  readonly missing?: readonly string[]
  /** How surely the kinds follow: `assumed` where producers of the same names register them differently. Default `recognised`. */
  readonly level?: 'recognised' | 'assumed'
  /** Classes to show, and their dimensions from the reading. */
  readonly classes?: readonly string[]
  /** Whether this is a marker of the layout and not a weight at all: counted with the bookkeeping. */
  readonly isMarker?: true
}

/** A module as layouts see it. */
export interface PackedModule {
  readonly view: ModuleView
  /** What the configuration says of this module. */
  readonly settings: ModuleSettings
  /** The shape that the values of a tensor state; undefined where they were not read or state none. */
  stated(own: OwnTensor | undefined): readonly number[] | undefined
}

/** How one family of producers packs the weights of a module. Register it in `quantised/index.ts`. */
export interface PackedLayout {
  readonly id: string
  /** The packed weights among the own tensors of the module; none where it is not of this layout. */
  sets(module: PackedModule): Iterable<PackedSet>
}

/** The own tensors of these leaves, as companions. */
export function companionsOf(
  view: ModuleView,
  leaves: readonly string[],
  kind: Kind,
  trainable: Trainable | null = 'no',
): Companion[] {
  const found: Companion[] = []
  for (const leaf of leaves) {
    const own = view.own.get(leaf)
    if (own !== undefined) found.push({ own, kind, trainable })
  }
  return found
}

/** A reading with the last dimension `times` as long. */
export function widened(shape: readonly number[], times: number, bits: number): Reading {
  const inputs = (shape.at(-1) ?? 1) * times
  const whole = [...shape.slice(0, -1), inputs]
  return { bits, shape: whole, elements: elementsOf(whole), inputs }
}

/** Types that hold one 8-bit float an element. */
export function isFloat8(dtype: string | null): boolean {
  return dtype === 'F8_E4M3' || dtype === 'F8_E5M2' || dtype === 'F8_E4M3FNUZ' || dtype === 'F8_E5M2FNUZ'
}

/** Types of weights and scales that are no codes. */
export function isPlainFloat(dtype: string | null): boolean {
  return dtype === 'F64' || dtype === 'F32' || dtype === 'F16' || dtype === 'BF16'
}

/** Scales that are block exponents: bytes, or the type made for them. */
export function isExponent(dtype: string | null): boolean {
  return dtype === 'U8' || dtype === 'F8_E8M0'
}

/** Whether a type holds whole numbers that may be codes of weights. */
export function isCode(dtype: string | null): boolean {
  return dtype !== null && (/^[UI](8|16|32|64)$/.test(dtype) || dtype === 'F4' || dtype.startsWith('F6'))
}
