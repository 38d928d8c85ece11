import { quoted } from '../../../errors.ts'
import type { More } from '../../../findings/more.ts'
import { inspectionOf } from '../../../model/inspection.ts'
import type { CheckSubject } from '../../check-subject.ts'
import { capped } from '../../findings/capped.ts'
import { rule, type Tell } from '../../rule.ts'
import { normMembers, ownTensors } from '../../structure/own-tensors.ts'

type Halved = {
  module: string
  /** Last parts of the names. */
  missing: readonly string[]
  /** What is there, and comes with it. */
  has: string
  /** Why it is known: torch makes them together, or so have the others of the file. */
  by: 'torch' | 'others'
}

const [weight, bias, mean, variance, counter] = normMembers

const brokenNames = new Set(['format/empty-name', 'format/control-in-name'])

export const modulesBatchNorm = rule({
  id: 'modules/batch-norm',
  level: 'error',
  claim: 'Every batch norm has all of its statistics',
  why: 'torch makes the running mean and variance together or not at all. A norm that lacks one of them keeps a mean of 0 or a variance of 1, and answers noise in eval mode.',
  case: 'torch/nn/modules/batchnorm.py registers running_mean, running_var and num_batches_tracked under one condition; a filter by name that drops buffers takes some of them.',
  fix: 'save the whole state_dict() again: buffers belong to it',
  message: (args: Halved | More) =>
    'more' in args
      ? `${args.more} more batch norms are not whole`
      : `${args.module === '' ? 'the model' : quoted(args.module)} has ${args.has} and no ${args.missing.join(' or ')}${args.by === 'others' ? ', as the other batch norms of the file have' : ''}`,

  check: (subject, tell) => capped(halved(subject, tell), tell),
})

function* halved({ report, stateDict, isWhole }: CheckSubject, tell: Tell<Halved | More>) {
  if (stateDict === null || !isWhole || stateDict.role !== 'model') return
  const isMember = new Set<string>(normMembers)
  const norms = [...ownTensors(inspectionOf(stateDict), [mean, variance, counter])].filter(({ own }) =>
    // Other classes keep statistics in their own way.
    [...own.keys()].every((name) => isMember.has(name)),
  )
  const without = (name: string) => norms.filter(({ own }) => !own.has(name)).length
  // A name that was damaged is told for itself, and what it left behind follows from it.
  const isNamed = !report.findings.some(({ rule }) => brokenNames.has(rule))
  // A norm may have neither weight nor bias, and bias alone be left out of all.
  const usual = [weight, bias].filter((name) => isNamed && norms.length > 2 && without(name) === 1)
  for (const { path, own } of norms) {
    const has = [mean, variance, counter].find((name) => own.has(name)) as string
    const at = (name: string) => ({ tensor: path === '' ? name : `${path}.${name}` })
    const statistics = [mean, variance].filter((name) => !own.has(name))
    if (statistics[0] !== undefined)
      yield tell({ module: path, missing: statistics, has, by: 'torch' }, at(statistics[0]))
    const other = own.has(weight) === own.has(bias) ? undefined : usual.find((name) => !own.has(name))
    if (other !== undefined) yield tell({ module: path, missing: [other], has, by: 'others' }, at(other))
  }
}
