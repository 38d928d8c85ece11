import { quoted, SdinspectError } from '../errors.ts'
import type { Inspection } from '../model/inspection.ts'
import { inspectionOf } from '../model/inspection.ts'
import { type ModuleTree, moduleTree } from '../model/modules/tree.ts'
import { TextNames } from '../model/names/name-column.ts'
import type { StateDictReport, ValueReport } from '../model/report.ts'
import { dtypes } from '../model/tensors/dtype.ts'
import type { Representation } from '../model/tensors/representation.ts'

/** The leaf under which a module keeps what it says besides tensors (torch/nn/modules/module.py). */
export const extraState = '_extra_state'

/** The entries of a state dict in one tree, tensors and values. */
export interface Stored {
  readonly inspection: Inspection
  readonly tree: ModuleTree
  /** By entry of the tree: the row of the tensor; -1 for a value. */
  readonly rows: Int32Array
  /** By entry: the value, where it is one. */
  readonly values: ReadonlyMap<number, ValueReport>
}

export function storedOf(stateDict: StateDictReport): Stored {
  const inspection = inspectionOf(stateDict)
  const { values = [] } = stateDict
  const rows = new Int32Array(inspection.length + values.length)
  if (values.length === 0) {
    for (let row = 0; row < rows.length; row++) rows[row] = row
    return { inspection, tree: inspection.tree, rows, values: new Map() }
  }
  const names: string[] = []
  const byEntry = new Map<number, ValueReport>()
  let next = 0
  const addValues = (before: number): void => {
    for (let value = values[next]; value !== undefined && value.position <= before; value = values[++next]) {
      rows[names.length] = -1
      byEntry.set(names.length, value)
      names.push(value.name)
    }
  }
  for (let row = 0; row < inspection.length; row++) {
    addValues(row)
    rows[names.length] = row
    names.push(inspection.table.name(row))
  }
  addValues(Number.POSITIVE_INFINITY)
  return { inspection, tree: moduleTree(new TextNames(names)), rows, values: byEntry }
}

/** The full name of an entry. */
function entryName({ tree }: Pick<Stored, 'tree'>, entry: number): string {
  const path = tree.path(tree.owners[entry] as number)
  return path === '' ? tree.leafOf(entry) : `${path}.${tree.leafOf(entry)}`
}

/**
 * Modules inside modules. Making them, and what torch does with all of them, recurses: Python stops at 1,000 calls, and
 * each module takes up to three.
 */
const deepest = 200

/**
 * Refuses what no `nn.Module` holds, or none whose `load_state_dict` would take the file.
 *
 * @throws SdinspectError `unsupported/feature`, naming the key
 */
export function refuseUnwritable(stored: Stored): void {
  const { tree, rows, values, inspection } = stored
  const { table } = inspection
  const depths = new Uint16Array(tree.size)
  const isNamed = tree.segments.texts.map((segment) => segment !== '')
  const refuse = (entry: number, why: string, hint?: string): never => {
    const name = entryName(stored, entry)
    throw new SdinspectError('unsupported/feature', `${quoted(name)} ${why}`, { tensor: name, hint })
  }
  for (let module = 1; module < tree.size; module++) {
    depths[module] = (depths[tree.parents[module] as number] as number) + 1
    if ((depths[module] as number) > deepest)
      refuse(
        firstUnder(tree, module),
        `is in more than ${deepest} modules inside each other: Python gives up on such`,
      )
    if (!isNamed[tree.names[module] as number])
      refuse(firstUnder(tree, module), 'has an empty segment: torch has no module without a name')
  }
  const seen = new Set<number>()
  for (let module = 0; module < tree.size; module++) {
    seen.clear()
    for (const entry of tree.ownOf(module)) {
      const leaf = tree.leaves[entry] as number
      if (!isNamed[leaf]) refuse(entry, 'ends in an empty segment: torch registers nothing without a name')
      if (seen.has(leaf)) refuse(entry, 'is there twice: a state dict has one entry of a name')
      seen.add(leaf)
      if (tree.childOf(module, leaf) >= 0)
        refuse(entry, 'is an entry and a module: in torch a name of a module is one of the two')
    }
  }
  for (const [entry, { type }] of values)
    if (tree.leafOf(entry) !== extraState)
      refuse(
        entry,
        `is no tensor${type === null ? '' : ` (${type})`}: of such, a module that is written here keeps _extra_state only`,
      )
  for (let entry = 0; entry < rows.length; entry++) {
    const row = rows[entry] as number
    if (row < 0 || tree.leafOf(entry) === extraState) continue
    const dtype = table.dtype(row)
    const torch = dtype === null ? 'float32' : dtypes[dtype].torch
    if (torch === null) refuse(entry, `is ${dtype}, a type that torch does not have`)
    else if (uncopied.test(torch))
      refuse(entry, `is torch.${torch}, whose values torch does not copy, so load_state_dict would fail`)
    if (table.elements(row) > mostElements || table.shape(row).some((length) => length > mostElements))
      refuse(entry, 'has more elements than torch can count bytes of')
    const representation = table.columns.representations?.get(row) as Representation | undefined
    if (representation !== undefined) refuse(entry, `is no dense tensor: ${unlike(representation)}`)
  }
}

/** `copy_` is not implemented for these (torch 2.15). */
const uncopied = /^(float4|bits|u?int[1-7]$|q)/

/** Sizes in bytes are signed 64-bit integers in torch, and numbers here are exact to 2^53. */
const mostElements = 2 ** 53 - 1

function unlike(representation: Representation): string {
  switch (representation.kind) {
    case 'sparse':
      return 'a module whose tensor is dense cannot load a sparse one'
    case 'shard':
      return `it is what one process held (${representation.of}), which loads only into such a one`
    case 'subclass':
      return `it is a ${representation.class}, which is made by the library that has it and not by torch`
    case 'quantised':
      return 'torch quantises it with a scale and a zero point of its own'
    case 'nested':
      return 'it is tensors of several shapes in one'
    case 'uninitialised':
      return 'it is of a lazy module, and has no shape yet'
    case 'meta':
      return 'the file has its shape and no values'
  }
}

/** The first entry under a module. */
function firstUnder(tree: ModuleTree, module: number): number {
  let at = module
  while (tree.ownCount(at) === 0) at = tree.firstChildren[at] as number
  return tree.ownOf(at)[0] as number
}
