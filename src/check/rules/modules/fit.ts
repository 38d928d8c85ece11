import { quoted } from '../../../errors.ts'
import type { More } from '../../../findings/more.ts'
import { inspectionOf } from '../../../model/inspection.ts'
import type { CheckSubject } from '../../check-subject.ts'
import { capped } from '../../findings/capped.ts'
import { rule, type Tell } from '../../rule.ts'
import { normMembers, type OwnTensors, ownTensors } from '../../structure/own-tensors.ts'

type Misfit = {
  /** Last part of its name: `bias`. */
  tensor: string
  shape: readonly number[]
  /** What it stands beside: `weight`, or `running_mean`. */
  beside: string
  besideShape: readonly number[]
  module: string
}

/**
 * Of 107,879 modules with a weight of several dimensions and a bias of one in models of 60 libraries, one has another length,
 * and of 118,071 norms none (`fixtures/truth` is of them).
 */
export const modulesFit = rule({
  id: 'modules/fit',
  level: 'error',
  claim: 'The bias and the statistics of a module are as long as its weight',
  why: 'One element is added to each output: no layer takes a bias of another length, and loading such a file fails, or the layer does when it is used.',
  case: 'A head was cut to fewer classes and its bias was not: "size mismatch for fc.bias: copying a param with shape torch.Size([1000])".',
  fix: 'find out what cut or exchanged one of the two, and save the checkpoint again',
  message: (args: Misfit | More) =>
    'more' in args
      ? `${args.more} more tensors do not fit their module`
      : `${args.tensor} of ${args.module === '' ? 'the model' : quoted(args.module)} is [${args.shape.join(', ')}], beside ${args.beside} [${args.besideShape.join(', ')}]`,

  check: (subject, tell) => capped(misfits(subject, tell), tell),
})

function* misfits({ stateDict }: CheckSubject, tell: Tell<Misfit | More>) {
  if (stateDict === null || stateDict.role !== 'model') return
  const found: { readonly args: Misfit; readonly about: { readonly tensor: string } }[] = []
  let fitting = 0
  for (const { path, own } of ownTensors(inspectionOf(stateDict), ['bias', 'running_mean'])) {
    const misfit = misfitOf(own)
    if (misfit === null) fitting++
    if (!misfit) continue
    const { tensor, beside, of } = misfit
    const args = { tensor, shape: of.shape, beside, besideShape: misfit.besideShape, module: path }
    found.push({ args, about: { tensor: of.name } })
  }
  // One class of torchrl adds a bias of its own kind: where no other fits, nothing tells what is meant.
  if (found.length > fitting) return
  for (const { args, about } of found) yield tell(args, about)
}

const ofLayers = new Set<string>(normMembers)

/** What does not fit what; null where all does, undefined where nothing is told by it. */
function misfitOf(own: OwnTensors) {
  // A module with more than a layer has may use its bias for a part of its outputs, as the router of Inkling does.
  if (![...own.keys()].every((name) => ofLayers.has(name))) return undefined
  const mean = own.get('running_mean')?.shape
  if (mean?.length === 1)
    for (const tensor of ['running_var', 'weight', 'bias']) {
      const of = own.get(tensor)
      if (of?.shape.length === 1 && of.shape[0] !== mean[0])
        return { tensor, of, beside: 'running_mean', besideShape: mean }
    }
  const weight = own.get('weight')?.shape
  const bias = own.get('bias')
  if (weight === undefined || bias?.shape.length !== 1) return mean === undefined ? undefined : null
  return isBiasOf(weight, bias.shape[0] as number)
    ? null
    : { tensor: 'bias', of: bias, beside: 'weight', besideShape: weight }
}

/** Whether a layer of this weight adds so many elements: one to each output, wherever the weight has its outputs. */
function isBiasOf(weight: readonly number[], length: number): boolean {
  const [first = 0, second = 0] = weight
  const last = weight.at(-1) as number
  if (weight.length === 1) return length === first
  // torch.nn.Linear, Conv; Conv1D of GPT-2, and formats that store a matrix as [in, out].
  if (length === first || (weight.length === 2 && length === second)) return true
  if (weight.length === 2) return false
  // Transposed convolutions have [in, out / groups, …], and groups divide what comes in; several matrices in one.
  const groups = length / second
  return (
    (Number.isInteger(groups) && groups > 0 && first % groups === 0) ||
    length === first * last ||
    length === last
  )
}
