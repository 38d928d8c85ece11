import { type EntryReport, entriesOf } from '../model/entries.ts'
import { inspectionOf } from '../model/inspection.ts'
import type { StateDictReport } from '../model/report.ts'
import { leafName, type ModuleTree } from '../model/tree.ts'
import { Copies, size } from './copies.ts'
import type { LoadResult } from './difference.ts'

export interface LoadOptions {
  /** Whether the checkpoint carries `_metadata` with module versions, which only a torch.save of a state dict does. */
  readonly hasVersions: boolean
  /** Whether tied names are entries of the file. safetensors leaves them out. */
  readonly hasTiedNames: boolean
  /** The name that a tensor of the checkpoint is loaded under, when it is renamed first. */
  readonly rename?: (name: string) => string
}

/**
 * What `model.load_state_dict(checkpoint)` would find (torch/nn/modules/module.py, `load_state_dict` and
 * `_load_from_state_dict`, torch 2.15), where the model has exactly the entries of `model`.
 */
export function loadStateDict(
  checkpoint: Pick<StateDictReport, 'tensors' | 'values'>,
  model: Pick<StateDictReport, 'tensors' | 'values' | 'modules'>,
  { hasVersions, hasTiedNames, rename = (name) => name }: LoadOptions,
): LoadResult {
  const given = new Map<string, EntryReport>()
  const leftOut = new Set<string>()
  for (const entry of entriesOf(checkpoint)) {
    const name = rename((entry.tensor ?? entry.value).name)
    if (entry.tensor !== undefined && entry.tensor.tiedTo !== null && !hasTiedNames) leftOut.add(name)
    else given.set(name, entry)
  }
  const wanted = new Set<string>()
  for (const entry of entriesOf(model)) wanted.add((entry.tensor ?? entry.value).name)
  const missing: string[] = []
  const filled: string[] = []
  const copies = new Copies()
  for (const entry of entriesOf(model)) {
    const { name } = entry.tensor ?? entry.value
    const found = given.get(name)
    if (found !== undefined) copies.add(found, entry)
    else if (isFilled(name, wanted, hasVersions ? given : null)) filled.push(name)
    else missing.push(name)
  }
  const unexpected = inTorchOrder(
    [...given.keys()].filter((name) => !wanted.has(name)),
    inspectionOf(model).tree,
  )
  const { mismatched, refused, fatal, undecided, otherParts, unknownParts, converted } = copies
  const raises = mismatched.length + refused.length > 0 || fatal !== null
  const lenient = raises ? 'raises' : undecided.length > 0 ? 'unknown' : 'loads'
  return {
    model: classOf(model),
    missing,
    unexpected,
    mismatched,
    refused,
    fatal,
    undecided,
    otherParts,
    unknownParts,
    filled,
    tied: missing.filter((name) => leftOut.has(name)),
    converted,
    strict: missing.length + unexpected.length > 0 ? 'raises' : lenient,
    lenient,
  }
}

/**
 * The message of the RuntimeError, in torch's own words; null where nothing is raised. Names are as they are
 * in the file: a writer must escape them.
 */
export function loadError(result: LoadResult, strict: boolean): string | null {
  if (result.fatal !== null) return result.fatal
  const lines: string[] = []
  let next = 0
  const tellRefused = (before: number) => {
    for (
      let one = result.refused[next];
      one !== undefined && one.position <= before;
      one = result.refused[++next]
    )
      lines.push(`While copying the parameter named "${one.name}", ${one.reason}`)
  }
  result.mismatched.forEach(({ name, checkpoint, model }, index) => {
    tellRefused(index)
    lines.push(
      `size mismatch for ${name}: copying a param with shape ${size(checkpoint)} from checkpoint, ` +
        `the shape in current model is ${size(model)}.`,
    )
  })
  tellRefused(result.mismatched.length)
  if (strict && result.unexpected.length > 0)
    lines.unshift(`Unexpected key(s) in state_dict: ${keys(result.unexpected)}. `)
  if (strict && result.missing.length > 0)
    lines.unshift(`Missing key(s) in state_dict: ${keys(result.missing)}. `)
  if (lines.length === 0) return null
  return `Error(s) in loading state_dict for ${result.model ?? 'Module'}:\n\t${lines.join('\n\t')}`
}

function keys(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ')
}

/**
 * Batch norms of version 2 got a counter, and fill it in for checkpoints of before, and for those that say
 * nothing of their module (batchnorm.py, `_NormBase`).
 *
 * @param versioned the names of a checkpoint with module versions; null for one without
 */
function isFilled(
  name: string,
  wanted: ReadonlySet<string>,
  versioned: ReadonlyMap<string, unknown> | null,
): boolean {
  if (leafName(name) !== 'num_batches_tracked') return false
  const statistics = `${name.slice(0, name.length - 'num_batches_tracked'.length)}running_mean`
  return wanted.has(statistics) && versioned?.has(statistics) !== true
}

/** torch goes through the modules, and each reports what it does not know. */
function inTorchOrder(names: readonly string[], tree: ModuleTree): string[] {
  const perModule = new Map<number, string[]>()
  for (const name of names) {
    let module = 0
    for (let begin = 0; ; ) {
      const dot = name.indexOf('.', begin)
      const child = dot < 0 ? -1 : tree.childNamed(module, name.slice(begin, dot))
      if (child < 0) break
      module = child
      begin = dot + 1
    }
    const own = perModule.get(module)
    if (own === undefined) perModule.set(module, [name])
    else own.push(name)
  }
  return [...perModule].sort(([a], [b]) => a - b).flatMap(([, own]) => own)
}

/** The one class of the whole model, where the checkpoint says it. */
function classOf({ modules }: Pick<StateDictReport, 'modules'>): string | null {
  const root = modules.find(({ path }) => path === '')
  return root?.level === 'declared' && root.classes.length === 1 ? (root.classes[0] ?? null) : null
}
