import type { LoadResult } from '../compare/difference.ts'
import { foldNames } from '../compare/fold-names.ts'
import { size } from '../compare/loading/copies.ts'
import { loadError } from '../compare/loading/load-state-dict.ts'
import { count, plural } from './text.ts'

/** Names of one kind told, folded; 700 missing keys are three. */
const mostNames = 12

/**
 * What `load_state_dict` says, a line each, not yet escaped. Folded, the names in torch's message are
 * patterns with their number; unfolded it is torch's message to the letter.
 */
export function loadLines(result: LoadResult, strict: boolean, noFold: boolean): string[] {
  if (noFold) return loadError(result, strict)?.split('\n') ?? []
  if (result.fatal !== null) return [result.fatal]
  const lines: string[] = []
  if (strict && result.missing.length > 0)
    lines.push(`Missing key(s) in state_dict: ${foldedKeys(result.missing)}`)
  if (strict && result.unexpected.length > 0)
    lines.push(`Unexpected key(s) in state_dict: ${foldedKeys(result.unexpected)}`)
  const mismatches = foldNames(
    result.mismatched,
    ({ name }) => name,
    ({ checkpoint, model }) => `${checkpoint} ${model}`,
  )
  for (const { label, items } of mismatches.slice(0, mostNames)) {
    const [first] = items
    if (first === undefined) continue
    const times = items.length === 1 ? '' : ` (${items.length})`
    lines.push(
      `size mismatch for ${cut(label)}${times}: copying a param with shape ${size(first.checkpoint)} from checkpoint, ` +
        `the shape in current model is ${size(first.model)}.`,
    )
  }
  if (mismatches.length > mostNames)
    lines.push(`… and ${plural(mismatches.length - mostNames, 'more line')} of size mismatches`)
  lines.push(...refusedLines(result))
  if (lines.length === 0) return []
  return [
    `Error(s) in loading state_dict for ${result.model ?? 'Module'}:`,
    ...lines.map((line) => `\t${line}`),
  ]
}

function refusedLines({ refused }: LoadResult): string[] {
  const folds = foldNames(
    refused,
    ({ name }) => name ?? '',
    ({ reason }) => reason,
  )
  const lines = folds.slice(0, mostNames).map(({ label, items }) => {
    const times = items.length === 1 ? '' : ` (${items.length})`
    const { name, reason } = items[0] ?? { name: null, reason: '' }
    return name === null ? reason : `While copying the parameter named "${cut(label)}"${times}, ${reason}`
  })
  if (folds.length > mostNames) lines.push(`… and ${plural(folds.length - mostNames, 'more line')} of copies`)
  return lines
}

/** What happens in one sentence. */
export function loadSummary(result: LoadResult, strict: boolean): string {
  const { missing, unexpected, mismatched, refused, undecided, filled, converted } = result
  if (result.fatal !== null) return `raises ${result.fatalType ?? 'RuntimeError'}`
  const counts = [
    missing.length > 0 ? `${plural(missing.length, 'key')} missing` : '',
    unexpected.length > 0 ? `${plural(unexpected.length, 'key')} unexpected` : '',
  ].filter((text) => text !== '')
  const errors = [
    mismatched.length > 0 ? plural(mismatched.length, 'size mismatch', 'size mismatches') : '',
    refused.length > 0 ? `${plural(refused.length, 'tensor')} not copied` : '',
  ].filter((text) => text !== '')
  const outcome = result[strict ? 'strict' : 'lenient']
  if (outcome === 'raises')
    return `raises RuntimeError: ${(strict ? [...counts, ...errors] : errors).join(', ')}`
  const asides = [
    !strict && missing.length > 0
      ? `${plural(missing.length, 'missing key')} of the model ${missing.length === 1 ? 'keeps its' : 'keep their'} initial values`
      : '',
    !strict && unexpected.length > 0
      ? `${plural(unexpected.length, 'unexpected key')} ${unexpected.length === 1 ? 'is' : 'are'} dropped`
      : '',
    converted > 0 ? `values of ${plural(converted, 'tensor')} are converted to another type` : '',
    filled.length > 0
      ? `${plural(filled.length, 'num_batches_tracked', 'num_batches_tracked')} filled in by the batch norms`
      : '',
  ].filter((text) => text !== '')
  if (outcome === 'unknown')
    return `not known: ${plural(undecided.length, 'tensor')} of classes that decide themselves what is copied`
  const parts = [...partsText(result)]
  if (parts.length > 0) return `loads; ${[...parts, ...asides].join('; ')}`
  const loads = loadsNothing(result)
    ? 'loads nothing: no key of a is one of the model'
    : missing.length + unexpected.length === 0
      ? 'loads: all keys matched'
      : 'loads'
  return asides.length === 0 ? loads : `${loads}; ${asides.join('; ')}`
}

/** Whether nothing is raised and not one entry of the model gets its values from the checkpoint. */
export function loadsNothing({ lenient, copied, missing, unexpected }: LoadResult): boolean {
  return lenient === 'loads' && copied === 0 && missing.length + unexpected.length > 0
}

/** The modules of which the checkpoint has no key, told before the keys are. May quote the file. */
export function goneModules({ missing, missingModules }: LoadResult): string | null {
  const all = missingModules.reduce((sum, { keys }) => sum + keys, 0)
  if (all === 0) return null
  const folds = foldNames(
    missingModules,
    ({ path }) => path,
    ({ keys }) => `${keys}`,
  )
  const shown = folds.slice(0, mostModules).map(({ label, items }) => {
    const keys = items.reduce((sum, one) => sum + one.keys, 0)
    return `${cut(label)} (${plural(keys, 'key')})`
  })
  const rest = folds.length - shown.length
  const others = missing.length - all
  return `a has nothing of ${shown.join(', ')}${rest > 0 ? ` and ${plural(rest, 'more module')}` : ''}${others > 0 ? `; ${plural(others, 'other key')} missing` : ''}`
}

const mostModules = 4

/** Where the checkpoint is that of one process of several, and so is the model. */
function* partsText({ otherParts, unknownParts }: LoadResult): Generator<string> {
  if (otherParts.length > 0)
    yield `the local shards are those of another process: ${plural(otherParts.length, 'tensor')} ${otherParts.length === 1 ? 'gets' : 'get'} the values of another part`
  if (unknownParts.length > 0)
    yield `${plural(unknownParts.length, 'tensor')} ${unknownParts.length === 1 ? 'is a local shard' : 'are local shards'}, and of which process is not recorded`
}

function foldedKeys(names: readonly string[]): string {
  const folds = foldNames(
    names,
    (name) => name,
    () => '',
  )
  const shown = folds
    .slice(0, mostNames)
    .map(({ label, items }) => `"${cut(label)}"${items.length === 1 ? '' : ` (${items.length})`}`)
  const rest = names.length - folds.slice(0, mostNames).reduce((sum, { items }) => sum + items.length, 0)
  return `${shown.join(', ')}${rest > 0 ? `, … and ${count(rest)} more` : ''}.`
}

/** A name may be a megabyte; folded, a message is for people. */
function cut(name: string): string {
  return name.length <= 200 ? name : `${name.slice(0, 120)}…${name.slice(-60)}`
}
