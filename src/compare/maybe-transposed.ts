import { leafName } from '../model/tree.ts'
import { templateOf } from './fold-names.ts'
import type { Pairing } from './pairing.ts'
import { shapeChange } from './shape-change.ts'

/**
 * Square matrices in the same blocks as transposed ones, by their names in `a`. A library that stores its
 * projections the other way round does so for the square ones too, and no shape shows it.
 */
export function maybeTransposed(pairing: Pairing): string[] {
  const blocks = new Set<string>()
  const square: { readonly name: string; readonly block: string }[] = []
  pairing.a.forEach(({ name, shape }, index) => {
    const partner = pairing.b[pairing.partnerOfA(index)]
    if (partner === undefined || shape.length !== 2 || partner.shape.length !== 2) return
    if (shape[0] === shape[1] && partner.shape[0] === shape[0] && partner.shape[1] === shape[0])
      square.push({ name, block: blockOf(name) })
    else if (shape.join() !== partner.shape.join() && shapeChange(shape, partner.shape) === 'transposed')
      blocks.add(blockOf(name))
  })
  return square.flatMap(({ name, block }) => (blocks.has(block) ? [name] : []))
}

/** The block list a tensor is in, and its last segment: `h` and `weight` of `h.3.attn.c_proj.weight`. */
function blockOf(name: string): string {
  const template = templateOf(name)?.text ?? name.slice(0, 1_000)
  const end = template.indexOf('#')
  const list = end < 0 ? template.slice(0, Math.max(0, template.lastIndexOf('.'))) : template.slice(0, end)
  return `${list} ${leafName(template)}`
}
