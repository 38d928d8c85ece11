import { describe, expect, test } from 'vitest'
import { parseJson } from '../../../src/codec/json.ts'
import { modelCodeFindings } from '../../../src/formats/keras/model-code.ts'
import { defaultLimits } from '../../../src/limits.ts'
import { zipBytes } from '../../codec/zip-bytes.ts'
import { readBytes } from '../torch/open.ts'

/** A model of one layer, as Keras 3 describes it. */
const modelOf = (layer: object): object => ({
  module: 'keras',
  class_name: 'Sequential',
  config: { name: 'sequential', layers: [{ module: 'keras.layers', class_name: 'Dense', ...layer }] },
  registered_name: null,
})
const told = (document: object): string[] =>
  modelCodeFindings(
    parseJson(new TextEncoder().encode(JSON.stringify(document)), { what: 'config', limits: defaultLimits }),
    'm.keras',
  ).map(({ message }) => message)
const called = (module: string, config: string) =>
  modelOf({
    config: { name: 'fc', activation: { module, class_name: 'function', config, registered_name: config } },
  })

describe('what the configuration of a model makes Keras run', () => {
  // What keras 3 writes of Lambda(lambda x: x * 2).
  const code = { class_name: '__lambda__', config: { code: '4wEAAAA=\n', defaults: null, closure: null } }
  const compiled =
    'holds compiled Python code (twice), which Keras runs: of .h5 whenever it is loaded, of .keras with safe_mode=False'

  test('is the code of a Lambda layer, of Keras 3 and of Keras 2', () => {
    expect(told(modelOf({ class_name: 'Lambda', config: { name: 'twice', function: code } }))).toEqual([
      compiled,
    ])
    const old = { name: 'twice', function: ['4wEAAAA=\n', null, null], function_type: 'lambda' }
    expect(told({ class_name: 'Sequential', config: [{ class_name: 'Lambda', config: old }] })).toEqual([
      compiled,
    ])
  })

  test.each([
    ['os', 'system'],
    ['subprocess', 'run'],
    ['builtins', 'exec'],
    // CVE-2025-8747, CVE-2025-9906
    ['keras.utils', 'get_file'],
    ['keras.src.utils.file_utils', 'get_file'],
    ['keras.config', 'enable_unsafe_deserialization'],
  ])('is the function %s.%s', (module, name) => {
    expect(told(called(module, name))).toEqual([
      `its configuration names ${module}.${name}, which can run code or reach the system when Keras builds the model`,
    ])
  })

  test('is a pickle of torch in a layer', () => {
    expect(
      told(modelOf({ class_name: 'TorchModuleWrapper', config: { name: 't', module: 'gAIu' } })),
    ).toEqual(['its configuration has t, which unpickles a module of torch when Keras builds the model'])
  })

  test.each([
    ['keras.activations', 'gelu'],
    ['keras.src.losses.losses', 'mean_squared_error'],
    ['builtins', 'my_loss'],
    ['__main__', 'my_loss'],
    ['mine.losses', 'my_loss'],
  ])('is not the function %s.%s', (module, name) => {
    expect(told(called(module, name))).toEqual([])
  })
})

describe('the code of a TorchScript archive', () => {
  const scripted = (body: string) =>
    readBytes(
      zipBytes([
        { name: 'm/data.pkl', data: Buffer.from('\x80\x02c__torch__\nN\n)\x81}b.', 'latin1') },
        {
          name: 'm/code/__torch__.py',
          data: `class N(Module):\n  def forward(self: __torch__.N,\n    x: Tensor) -> Tensor:\n    ${body}\n    return x\n`,
        },
        { name: 'm/constants.pkl', data: Buffer.from('\x80\x02).', 'latin1') },
        { name: 'm/version', data: '3\n' },
      ]),
      'm.pt',
    )

  // As torch 2.15 prints torch.ops.aten.save(x, "a.pt") and torch.from_file.
  test.each(['torch.save(x, "a.pt")', 'y = torch.from_file("a.pt", False, 10, dtype=0)'])(
    'that says %s is an error',
    async (body) => {
      const { findings } = await scripted(body)
      expect(findings.filter(({ rule }) => rule === 'security/model-code')).toMatchObject([
        { level: 'error', message: expect.stringContaining('in code/__torch__.py: whoever runs the module') },
      ])
    },
  )

  test('that computes is none', async () => {
    const { findings } = await scripted('y = torch.add(x, x)')
    expect(findings.filter(({ rule }) => rule === 'security/model-code')).toEqual([])
  })
})
