import { expect, test } from 'vitest'
import { type Entries, kindsOf, reportOf } from '../helpers/checkpoint.ts'

const model: Entries = {
  'layers.0.weight': ['F32', [13, 7]],
  'layers.0.bias': ['F32', [13]],
  'layers.1.weight': ['F32', [5, 13]],
}

const under = (prefix: string, shapes = model): Entries =>
  Object.fromEntries(Object.entries(shapes).map(([name, entry]) => [`${prefix}.${name}`, entry]))

const kindBelow = (entries: Entries, prefix: string) => [
  ...new Set(
    Object.entries(kindsOf(reportOf(entries))).flatMap(([name, kind]) =>
      name.startsWith(prefix) ? [kind] : [],
    ),
  ),
]

test.each(['exp_avg', 'exp_avg_sq', 'momentum_buffer', 'grads'])(
  '%s that has the names and shapes of the parameters is what a training keeps of them',
  (name) => {
    const entries = { ...model, ...under(name) }
    expect(kindBelow(entries, `${name}.`)).toEqual(['other recognised'])
    expect(kindBelow(entries, 'layers.')).toEqual(['parameter recognised'])
  },
)

test('a module of such a name whose tensors mirror none is a module', () => {
  const others: Entries = { 'layers.0.weight': ['F32', [13, 8]], 'layers.7.weight': ['F32', [3, 3]] }
  expect(kindBelow({ ...model, ...under('grads', others) }, 'grads.')).toEqual(['parameter recognised'])
})

test.each(['optimizer.state.exp_avg', 'optimizer.state.fp32_param', 'optimizer.chained_0.state.exp_avg_sq'])(
  '%s is of the optimizer, whatever it has (Megatron flattens it into the model)',
  (prefix) => {
    const entries = { ...model, ...under(prefix, { 'decoder.weight': ['F32', [64]] }) }
    expect(kindBelow(entries, 'optimizer.')).toEqual(['other recognised'])
  },
)

test('states by parameter are of the optimizer only where a state is what an optimizer keeps', () => {
  const kept: Entries = {
    'optimizer.state.layers.0.bias.step': ['F32', []],
    'optimizer.state.layers.0.bias.exp_avg': ['F32', [13]],
    'optimizer.state.layers.0.bias.exp_avg_sq': ['F32', [13]],
  }
  expect(kindBelow({ ...model, ...kept }, 'optimizer.')).toEqual(['other recognised'])
  const norm: Entries = { 'ssm.state.norm.weight': ['F32', [13]], 'ssm.state.norm.bias': ['F32', [13]] }
  expect(kindBelow({ ...model, ...norm }, 'ssm.')).toEqual(['parameter recognised'])
})
