import { foldNames } from '../compare/fold-names.ts'
import { naturalCompare } from '../model/natural-order.ts'
import { elementsOf } from '../model/tensor.ts'
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
  const folds = foldNames(tensors, ({ name }) => name, factsText)
  for (const { label, folded, items } of folds) {
    const [first] = items
    if (first !== undefined) yield `  ${folded ? label : lockName(first.name)}  ${factsText(first)}`
  }
  for (const { label, folded, items } of foldNames(values, ({ name }) => name, valueText)) {
    const [first] = items
    if (first !== undefined) yield `  ${folded ? label : lockName(first.name)}  ${valueText(first)}`
  }
}

/** What a line says of an entry that is no tensor. */
function valueText({ type, parts }: LockedValue): string {
  return ['other', ['value', type === null ? '-' : lockName(type), ...partWords(parts)].join(' ')].join('  ')
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
export function totalsText(tensors: readonly LockedTensor[], values: number): string {
  let parameters = 0
  let buffers = 0
  for (const { kind, shape, tiedTo } of tensors) {
    if (tiedTo !== null) continue
    if (kind === 'parameter') parameters += elementsOf(shape)
    else if (kind === 'buffer') buffers += elementsOf(shape)
  }
  const counted = `${tensors.length} tensors  ${parameters} parameters  ${buffers} in buffers`
  return values === 0 ? counted : `${counted}  ${values} values`
}
