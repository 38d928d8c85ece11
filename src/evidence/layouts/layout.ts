import type { Kind } from '../../model/verdict.ts'
import type { ModuleView } from '../module-view.ts'
import type { Surroundings } from '../surroundings.ts'

/** What a layout makes of a module. */
export interface Recognised {
  /** Class names; several when the shapes fit several classes. */
  readonly classes: readonly string[]
  /** Dimensions the shapes give: `768→3072`. */
  readonly detail: string
  /** Own tensors, by last name segment, and what they are. Own tensors left out are not spoken of. */
  readonly kinds: Readonly<Record<string, Kind>>
  readonly reason: string
  /** Own tensors whose kind is assumed and not recognised: two classes look the same and differ in it. */
  readonly assumed?: readonly string[]
}

/**
 * A class of modules that is known by its own tensors: their names and shapes together, never a name alone.
 * Register it in `layouts/index.ts`, the specific before the general.
 */
export interface Layout {
  readonly id: string
  /** What the view's own tensors are, if this is such a module. */
  recognise(view: ModuleView, around: Surroundings): Recognised | null
}
