import { foldNames } from '../compare/fold-names.ts'
import { naturalCompare } from '../model/names/natural-order.ts'
import { elementsOf } from '../model/tensors/tensor.ts'
import type { Lock, LockedCheckpoint, LockedTensor, LockedValue } from './lock.ts'
import { lockName } from './lock-name.ts'
import { partWords, representationWords } from './locked-representation.ts'

/** Version of the format; raised when an old reader would misunderstand a new lock. */
export const lockVersion = 1

const opening = `# What these checkpoints hold. \`sdinspect lock\` writes this file, \`sdinspect lock --check\` compares.
# Blocks are folded: layers.{0..31}.norm.weight stands for 32 tensors.
sdinspect-lock ${lockVersion}`

/** The text of a lock, line by line without their ends. Equal locks have equal texts. */
export function* lockLines(lock: Lock): Generator<string> {
  yield* opening.split('\n')
  const sorted = [...lock.checkpoints].sort(
    (a, b) => naturalCompare(a.path, b.path) || naturalCompare(a.stateDict, b.stateDict),
  )
  for (const checkpoint of sorted) yield* checkpointLines(checkpoint)
}

function* checkpointLines(checkpoint: LockedCheckpoint): Generator<string> {
  const { path, stateDict, level, tensors, values, files } = checkpoint
  yield ''
  yield `checkpoint ${lockName(path)}`
  if (stateDict !== '') yield `state-dict ${lockName(stateDict)}`
  yield `level ${level}`
  yield `totals ${totalsText(tensors, values.length)}`
  for (const { name, bytes, sha256 } of files) yield `file ${lockName(name)} ${bytes} sha256:${sha256}`
  const names: string[] = []
  const facts: string[] = []
  const textOf = factsTexts()
  for (const tensor of tensors) {
    names.push(tensor.name)
    facts.push(textOf(tensor))
  }
  const folds = foldNames(
    [...names.keys()],
    (index) => names[index] as string,
    (index) => facts[index] as string,
  )
  for (const { label, folded, items } of folds) {
    const first = items[0] as number
    yield `  ${folded ? label : lockName(names[first] as string)}  ${facts[first]}`
  }
  for (const { label, folded, items } of foldNames(values, ({ name }) => name, valueText)) {
    const [first] = items
    if (first !== undefined) yield `  ${folded ? label : lockName(first.name)}  ${valueText(first)}`
  }
  // Behind all that a person reviews: no two are alike, so nothing folds.
  for (const { name, sha256 } of [...tensors, ...values])
    if (sha256 !== undefined) yield `digest ${lockName(name)} sha256:${sha256}`
}

/** What a line says of an entry that is no tensor. */
function valueText({ type, parts }: LockedValue): string {
  return ['other', ['value', type === null ? '-' : lockName(type), ...partWords(parts)].join(' ')].join('  ')
}

/** `factsText`, kept by shape: those of one file are shared by many tensors. */
function factsTexts(): (tensor: LockedTensor) => string {
  const lasts = new Map<LockedTensor['shape'], { readonly tensor: LockedTensor; readonly text: string }>()
  return (tensor) => {
    if (tensor.tiedTo !== null || tensor.representation !== undefined) return factsText(tensor)
    const last = lasts.get(tensor.shape)
    if (last !== undefined && isAlike(last.tensor, tensor)) return last.text
    const text = factsText(tensor)
    lasts.set(tensor.shape, { tensor, text })
    return text
  }
}

/** Of tensors of one shape, not tied and dense. */
function isAlike(a: LockedTensor, b: LockedTensor): boolean {
  return a.kind === b.kind && a.assumed === b.assumed && a.dtype === b.dtype && a.frozen === b.frozen
}

/** What a line says after the name. */
function factsText({ kind, assumed, dtype, shape, representation, frozen, tiedTo }: LockedTensor): string {
  return [
    kind + (assumed ? '?' : ''),
    dtype ?? '-',
    `[${shape.join(', ')}]`,
    ...(representation === undefined ? [] : [representationWords(representation)]),
    ...(frozen ? ['frozen'] : []),
    ...(tiedTo === null ? [] : [`= ${lockName(tiedTo)}`]),
  ].join('  ')
}

/** `291 tensors  6738415616 parameters  0 in buffers`: elements, tied tensors once. */
export function totalsText(
  tensors: Iterable<Pick<LockedTensor, 'kind' | 'shape' | 'tiedTo'>>,
  values: number,
): string {
  let parameters = 0
  let buffers = 0
  let count = 0
  for (const { kind, shape, tiedTo } of tensors) {
    count++
    if (tiedTo !== null) continue
    if (kind === 'parameter') parameters += elementsOf(shape)
    else if (kind === 'buffer') buffers += elementsOf(shape)
  }
  const counted = `${count} tensors  ${parameters} parameters  ${buffers} in buffers`
  return values === 0 ? counted : `${counted}  ${values} values`
}
