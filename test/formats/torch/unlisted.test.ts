import { expect, test } from 'vitest'
import { inspectFixture } from './open.ts'

// Tensors where no state dict is: fixtures/generate/representations.py.

const inspect = (file: string) => inspectFixture(`torch/representations/${file}`)
const messages = (findings: readonly { rule: string; message: string }[], rule: string) =>
  findings.filter((finding) => finding.rule === rule).map(({ message }) => message)

test('tensors in lists, sets, objects and under numbers are listed by where they are, and are no parameters', async () => {
  const { stateDicts, findings } = await inspect('places.pt')
  const [model, loose] = stateDicts
  expect(model?.tensors.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
    'weight parameter',
    'bias parameter',
  ])
  expect(loose?.tensors.map(({ name, kind }) => `${name} ${kind}`)).toEqual(
    [
      'list.0',
      'list.1',
      'tuple.0',
      'numbered.1',
      'set.0',
      'object.best',
      'object.queue.0',
      'object.queue.1.0',
      'attribute.seen',
    ].map((name) => `${name} other`),
  )
  // Two in the arguments of a call, one as a key: no path leads to them.
  expect(messages(findings, 'torch/unlisted-tensors')).toEqual([
    'the pickle builds 3 tensors that no state dict lists, at "arguments.0", "arguments.1" and "key"',
  ])
})

test('a file with no tensor but one in the arguments of a call is not called empty', async () => {
  const { stateDicts, findings } = await inspect('only-hidden.pt')
  expect(stateDicts).toEqual([])
  expect(findings.map(({ rule }) => rule)).not.toContain('torch/no-tensors')
  expect(messages(findings, 'torch/unlisted-tensors')).toEqual([
    'the pickle builds a tensor that no state dict lists, at "object"',
  ])
})

test('tensors that are plain attributes of modules are told, as state_dict() leaves them out', async () => {
  const { stateDicts, findings } = await inspect('attributes-module.pt')
  expect(stateDicts[0]?.tensors.map(({ name }) => name)).toEqual(['weight', 'bias'])
  expect(messages(findings, 'torch/module-attributes')).toEqual([
    '3 tensors are plain attributes of modules, neither parameters nor buffers, which torch.nn.Module.state_dict() leaves out: "stride", "anchors.0" and "anchors.1"',
  ])
})

test.each([
  ['graph-module.pt', 'GraphModule', ''],
  ['graph-module-in-dict.pt', 'GraphModule', 'model'],
])('the module in %s is declared, though a function rebuilds it', async (file, className, path) => {
  const { stateDicts, findings } = await inspect(file)
  const [stateDict] = stateDicts
  expect(stateDict?.path).toBe(path)
  expect(stateDict?.modules.find((module) => module.path === '')).toMatchObject({
    classes: [className],
    level: 'declared',
  })
  expect(stateDict?.totals).toMatchObject({
    parameters: { tensors: 4, elements: 24 },
    buffers: { tensors: 3 },
    levels: { declared: 7 },
  })
  expect(messages(findings, 'torch/unlisted-tensors')).toEqual([])
  expect(messages(findings, 'torch/module-attributes')).toEqual([])
})
