import { quoted } from '../../../errors.ts'
import type { More } from '../../../findings/more.ts'
import { inspectionOf } from '../../../model/inspection.ts'
import type { CheckSubject } from '../../check-subject.ts'
import { capped } from '../../findings/capped.ts'
import { rule, type Tell } from '../../rule.ts'
import { ownTensors } from '../../structure/own-tensors.ts'

type Halved = {
  module: string
  /** Last parts of the names. */
  missing: readonly string[]
  /** What is there, and comes with it. */
  has: string
  /** Why it is known: torch makes them together, or so have the others of the file. */
  by: 'torch' | 'others'
}

/** All that torch.nn.BatchNorm has, and torch.nn.InstanceNorm. */
const members = ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked']

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
  const norms = [...ownTensors(inspectionOf(stateDict), members.slice(2))].filter(({ own }) =>
    // Other classes keep statistics in their own way.
    [...own.keys()].every((name) => members.includes(name)),
  )
  // By member: how many norms of the file have it.
  const having = new Map(members.map((name) => [name, norms.filter(({ own }) => own.has(name)).length]))
  // A name that was damaged is told for itself, and what it left behind follows from it.
  const isNamed = !report.findings.some(({ rule }) => brokenNames.has(rule))
  const isUsual = (name: string) =>
    isNamed && norms.length > 2 && (having.get(name) ?? 0) === norms.length - 1
  for (const { path, own } of norms) {
    const missing = members.filter((name) => !own.has(name))
    const has = ['running_mean', 'running_var', 'num_batches_tracked'].find((name) => own.has(name)) as string
    const statistics = missing.filter((name) => name === 'running_mean' || name === 'running_var')
    const isHalf = statistics.length > 0
    // A norm may have neither weight nor bias, and bias alone be left out of all.
    const others = missing.filter(
      (name) =>
        (name === 'weight' || name === 'bias') &&
        own.has(name === 'weight' ? 'bias' : 'weight') &&
        isUsual(name),
    )
    const name = `${path === '' ? '' : `${path}.`}`
    if (isHalf)
      yield tell({ module: path, missing: statistics, has, by: 'torch' }, { tensor: name + statistics[0] })
    if (others.length > 0)
      yield tell({ module: path, missing: others, has, by: 'others' }, { tensor: name + others[0] })
  }
}
