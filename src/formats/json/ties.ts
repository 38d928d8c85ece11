import { quoted, SdinspectError } from '../../errors.ts'
import { sameShape } from '../../model/tensors/shape.ts'
import type { Tensor } from '../../model/tensors/tensor.ts'

/**
 * The tensors with `tiedTo` set by what each says it is tied to: the first in order of those that are the same
 * memory stands for all. Linear: each chain of names is followed once.
 *
 * @param ties name to the name it says it is tied to
 * @param options `isPart`: only some tensors of a state dict are listed, so a name may be that of one that is not
 * @throws SdinspectError `format/malformed` for a name that is not there, or tensors that differ
 */
export function tieTogether(
  tensors: readonly Tensor[],
  ties: ReadonlyMap<string, string>,
  { isPart = false }: { readonly isPart?: boolean } = {},
): readonly Tensor[] {
  if (ties.size === 0) return tensors
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]))
  const roots = rootsOf(ties)
  const first = new Map<string, string>()
  return tensors.map((tensor) => {
    const root = roots.get(tensor.name) ?? tensor.name
    const target = byName.get(root)
    const standsFor = first.get(root)
    if (target === undefined && !isPart)
      throw fault(tensor.name, `is tied to ${quoted(root)}, which is not there`)
    // Of one that is not listed, the first that is tied to it.
    const other = target ?? byName.get(standsFor ?? tensor.name)
    if (other?.dtype !== tensor.dtype || !sameShape(other.shape, tensor.shape))
      throw fault(tensor.name, `is tied to ${quoted(root)}, which has another shape or dtype`)
    if (standsFor !== undefined) return { ...tensor, tiedTo: standsFor }
    first.set(root, tensor.name)
    return tensor
  })
}

/** Every tied name to the end of its chain. Names tied in a circle end at the one the circle was entered by. */
function rootsOf(ties: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const roots = new Map<string, string>()
  for (const start of ties.keys()) {
    const chain: string[] = []
    const seen = new Set<string>()
    let name = start
    for (;;) {
      const known = roots.get(name)
      if (known !== undefined) {
        name = known
        break
      }
      const next = ties.get(name)
      if (next === undefined || seen.has(name)) break
      seen.add(name)
      chain.push(name)
      name = next
    }
    for (const link of chain) roots.set(link, name)
  }
  return roots
}

function fault(tensor: string, problem: string): SdinspectError {
  return new SdinspectError('format/malformed', `tensor ${quoted(tensor)} ${problem}`, { tensor })
}
