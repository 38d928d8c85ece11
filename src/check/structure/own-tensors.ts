import type { Inspection } from '../../model/inspection.ts'

/** The tensors of one module by the last part of their names, where all of them are plain: whole, dense and not packed. */
export type OwnTensors = ReadonlyMap<string, OwnTensor>

interface OwnTensor {
  readonly name: string
  readonly shape: readonly number[]
}

/** All that a batch norm and an instance norm of torch.nn have. */
export const normMembers = ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'] as const

/** Of each module that has a tensor of one of these names, in the order of the tree. */
export function* ownTensors(
  inspection: Inspection,
  names: readonly string[],
): Generator<{ readonly path: string; readonly own: OwnTensors }> {
  const { tree, table } = inspection
  const wanted = new Set(names.map((name) => tree.segments.idOf(name)).filter((segment) => segment >= 0))
  if (wanted.size === 0) return
  for (let module = 0; module < tree.size; module++) {
    const rows = tree.ownOf(module)
    if (!rows.some((row) => wanted.has(tree.leaves[row] as number))) continue
    if (!rows.every((row) => isPlain(inspection, row))) continue
    const own = new Map<string, OwnTensor>()
    for (const row of rows) own.set(tree.leafOf(row), { name: table.name(row), shape: table.shape(row) })
    yield { path: tree.path(module), own }
  }
}

function isPlain(inspection: Inspection, row: number): boolean {
  return (
    inspection.representation(row) === undefined &&
    inspection.quantisations.at(row) === undefined &&
    inspection.table.elements(row) > 0
  )
}
