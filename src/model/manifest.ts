import { quoted, SdinspectError } from '../errors.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { Manifest, ManifestEntry } from './statements.ts'

/**
 * What a checkpoint declares of its entries, to be joined by name and shape with a file of the same model that does not:
 * a JSON manifest of the live model, an earlier report, a pickled module. Only what is declared counts.
 *
 * @param by how reasons name it
 * @throws SdinspectError `usage/arguments` when it declares nothing
 */
export function manifestOf(checkpoint: Checkpoint, by: string): Manifest {
  const entries = new Map<string, ManifestEntry>()
  for (const { role, tensors, facts } of checkpoint.stateDicts) {
    if (role !== 'model') continue
    for (let at = 0; at < tensors.length; at++) {
      const tensor = tensors.at(at)
      if (tensor === undefined || entries.has(tensor.name)) continue
      const { name, shape } = tensor
      const declaration = facts.declarations?.get(name)
      const verdict = facts.recorded?.get(name)
      const own =
        declaration !== undefined && (declaration.level ?? 'declared') === 'declared'
          ? declaration
          : undefined
      const kind = own?.kind ?? (verdict?.kindLevel === 'declared' ? verdict.kind : undefined)
      const requiresGrad =
        own?.requiresGrad ??
        (verdict?.trainableLevel === 'declared' && verdict.trainable !== 'unknown'
          ? verdict.trainable === 'yes'
          : undefined)
      if (kind === undefined && requiresGrad === undefined) continue
      entries.set(name, {
        shape,
        ...(kind === undefined ? {} : { kind }),
        ...(requiresGrad === undefined ? {} : { requiresGrad }),
      })
    }
  }
  if (entries.size > 0) return { by, entries }
  throw new SdinspectError('usage/arguments', `${quoted(by)} declares nothing of any tensor`, {
    hint: 'a manifest has kind or requires_grad for its entries: docs/json.md shows how to write one',
  })
}
