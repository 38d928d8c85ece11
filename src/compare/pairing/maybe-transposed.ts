import { leafName } from '../../model/modules/tree.ts'
import { sameShape } from '../../model/tensors/shape.ts'
import { templateOf } from '../fold-names.ts'
import { shapeChange } from '../shape-change.ts'
import type { Pairing } from './pairing.ts'

/**
 * Square matrices in the same blocks as transposed ones, by their names in `a`. A library that stores its
 * projections the other way round does so for the square ones too, and no shape shows it.
 */
export function maybeTransposed(pairing: Pairing): string[] {
  const blocks = new Set<string>()
  const square: number[] = []
  // Shapes are few, and the same ones are one array.
  const forms = new Map<readonly number[], Map<readonly number[], Form>>()
  pairing.forEach((index, partner) => {
    const [shape, other] = [pairing.a.shape(index), pairing.b.shape(partner)]
    let known = forms.get(shape)
    if (known === undefined) {
      known = new Map()
      forms.set(shape, known)
    }
    let form = known.get(other)
    if (form === undefined) {
      form = formOf(shape, other)
      known.set(other, form)
    }
    if (form === 'square') square.push(index)
    else if (form === 'transposed') blocks.add(blockOf(pairing.a.name(index)))
  })
  if (blocks.size === 0) return []
  return square.map((index) => pairing.a.name(index)).filter((name) => blocks.has(blockOf(name)))
}

type Form = 'square' | 'transposed' | 'other'

/** What two shapes of one tensor are together. */
function formOf(shape: readonly number[], other: readonly number[]): Form {
  if (shape.length !== 2 || other.length !== 2) return 'other'
  if (sameShape(shape, other)) return shape[0] === shape[1] ? 'square' : 'other'
  return shapeChange(shape, other) === 'transposed' ? 'transposed' : 'other'
}

/** The block list a tensor is in, and its last segment: `h` and `weight` of `h.3.attn.c_proj.weight`. */
function blockOf(name: string): string {
  const template = templateOf(name)?.text ?? name.slice(0, 1_000)
  const end = template.indexOf('#')
  const list = end < 0 ? template.slice(0, Math.max(0, template.lastIndexOf('.'))) : template.slice(0, end)
  return `${list} ${leafName(template)}`
}
