import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readCheckpoint } from '../../src/formats/read-checkpoint.ts'
import { inspectCheckpoint } from '../../src/inspect.ts'
import { defaultLimits, type Limits } from '../../src/limits.ts'
import type { Checkpoint, StateDict } from '../../src/model/checkpoint.ts'
import type { Report } from '../../src/model/report.ts'
import { json as jsonOf } from '../../src/render/json-text.ts'
import { memorySource } from '../../src/source/memory.ts'
import { packedOrPlain } from '../helpers/packed-files.ts'
import { jsonBytes } from '../helpers/shards.ts'

async function read(document: unknown, limits: Partial<Limits> = {}): Promise<Checkpoint> {
  const source = memorySource(jsonBytes(document), 'folder/x.json')
  return readCheckpoint(source, { limits: { ...defaultLimits, ...limits } })
}

async function stateDict(document: unknown): Promise<StateDict> {
  return (await read(document)).stateDicts[0] as StateDict
}

/** `name dtype [shape]` of each tensor. */
function outline(of: StateDict | undefined): string[] {
  return (of?.tensors ?? []).map((tensor) => `${tensor.name} ${tensor.dtype} [${tensor.shape}]`)
}

interface Truth {
  readonly entries: readonly {
    readonly name: string
    readonly dtype: string
    readonly shape: readonly number[]
    readonly kind: string
    readonly requires_grad: boolean
  }[]
}

function fixture(name: string): { readonly bytes: Uint8Array; readonly truth: Truth } {
  const path = new URL(`../../fixtures/${name}`, import.meta.url)
  return {
    bytes: packedOrPlain(`fixtures/${name}`),
    truth: JSON.parse(readFileSync(`${path.pathname}.truth.json`, 'utf8')),
  }
}

async function reportOf(bytes: Uint8Array): Promise<Report> {
  const checkpoint = await readCheckpoint(memorySource(bytes, 'x.json'), { limits: defaultLimits })
  return inspectCheckpoint(checkpoint, { path: 'x.json' })
}

describe('fixtures', () => {
  it('manifest.json gives what the live model was, all of it declared', async () => {
    const { bytes, truth } = fixture('manifest.json')
    const [report] = (await reportOf(bytes)).stateDicts
    expect(
      report?.tensors.map(({ name, dtype, shape, kind, trainable }) => ({
        name,
        dtype,
        shape,
        kind,
        trainable,
      })),
    ).toEqual(
      truth.entries.map(({ name, dtype, shape, kind, requires_grad }) => ({
        name,
        dtype,
        shape,
        kind,
        trainable: requires_grad ? 'yes' : 'no',
      })),
    )
    expect(new Set(report?.tensors.map((tensor) => tensor.kindLevel))).toEqual(new Set(['declared']))
    expect(report?.totals.trainable).toMatchObject({ level: 'declared', upperBound: false })
  })

  it('header.json gives names, types and shapes in the order of the model', async () => {
    const { bytes, truth } = fixture('header.json')
    const [report] = (await reportOf(bytes)).stateDicts
    expect(report?.order).toBe('registration')
    expect(report?.tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape }))).toEqual(
      truth.entries.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
    )
  })

  it('values.json gives names and shapes, and no types', async () => {
    const { bytes, truth } = fixture('values.json')
    const [report] = (await reportOf(bytes)).stateDicts
    expect(report?.tensors.map(({ name, dtype, shape }) => ({ name, dtype, shape }))).toEqual(
      truth.entries.map(({ name, shape }) => ({ name, dtype: null, shape })),
    )
  })
})

describe('a manifest', () => {
  it('takes names of types of safetensors and of torch', async () => {
    const types = { a: 'BF16', b: 'torch.float32', c: 'int64', d: null }
    const entries = Object.entries(types).map(([name, dtype]) => [name, { dtype, shape: [2, 3] }])
    expect(outline(await stateDict(Object.fromEntries(entries)))).toEqual([
      'a BF16 [2,3]',
      'b F32 [2,3]',
      'c I64 [2,3]',
      'd null [2,3]',
    ])
  })

  it('declares kinds and requires_grad, each where it is given', async () => {
    const { facts } = await stateDict({
      a: { dtype: 'F32', shape: [], kind: 'buffer', persistent: false },
      b: { dtype: 'F32', shape: [], requires_grad: false },
      c: { dtype: 'F32', shape: [], kind: null, requires_grad: null },
    })
    expect(facts.declarations).toEqual(
      new Map([
        ['a', { kind: 'buffer', by: 'the manifest' }],
        ['b', { requiresGrad: false, by: 'the manifest' }],
      ]),
    )
    expect(facts.nonPersistent).toEqual(new Set(['a']))
  })

  it('is a safetensors header too, with its metadata and its order of no meaning', async () => {
    const checkpoint = await read({
      __metadata__: { format: 'pt', removed: 'x.weight' },
      'x.weight': { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
      'x.bias': { dtype: 'F4', shape: [4], data_offsets: [8, 10] },
    })
    expect(checkpoint.metadata).toEqual(
      new Map([
        ['format', 'pt'],
        ['removed', 'x.weight'],
      ]),
    )
    expect(outline(checkpoint.stateDicts[0])).toEqual([
      'x.weight F32 [2]',
      'x.bias F4 [4]',
      'removed F32 [2]',
    ])
    expect(checkpoint.stateDicts[0]?.tensors.at(2)?.tiedTo).toBe('x.weight')
    expect(checkpoint.stateDicts[0]?.order).toBe('unrecorded')
  })

  it('with the offsets of a header has its order, whatever it looks like', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'].flatMap((module) => [`${module}.weight`, `${module}.bias`])
    const entries = (offsets: object) =>
      Object.fromEntries(names.map((name) => [name, { dtype: 'F32', shape: [0], ...offsets }]))
    expect((await stateDict(entries({}))).order).toBe('registration')
    expect((await stateDict(entries({ data_offsets: [0, 0] }))).order).toBe('unrecorded')
  })

  it('ties entries to the first of them in order, along chains', async () => {
    const shape = [2]
    const { tensors } = await stateDict({
      a: { dtype: 'F32', shape, tied_to: 'c' },
      b: { dtype: 'F32', shape, tiedTo: 'a' },
      c: { dtype: 'F32', shape },
    })
    expect(tensors.map((tensor) => tensor.tiedTo)).toEqual([null, 'a', 'a'])
  })

  it.each<[string, unknown, RegExp]>([
    ['an unknown type', { a: { dtype: 'F33', shape: [] } }, /"a": unknown dtype "F33"/],
    [
      'a type that is no text',
      { a: { dtype: null, shape: [] }, b: { dtype: 1, shape: [], kind: 'buffer' } },
      /dtype/,
    ],
    ['a negative dimension', { a: { dtype: 'F32', shape: [-1] } }, /dimension -1/],
    ['a dimension with a fraction', { a: { dtype: 'F32', shape: [1.5] } }, /whole numbers/],
    ['a dimension written 2.0', '{"a": {"dtype": "F32", "shape": [2.0]}}', /whole numbers/],
    ['a nested shape', { a: { dtype: 'F32', shape: [[1]] } }, /whole numbers/],
    ['a dimension past 2^53', '{"a": {"dtype": "F32", "shape": [9007199254740993]}}', /9007199254740993/],
    ['too many elements', { a: { dtype: 'F32', shape: [2 ** 40, 2 ** 40] } }, /2\^53/],
    ['too many bytes', { a: { dtype: 'F64', shape: [2 ** 52] } }, /bytes/],
    ['half a byte', { a: { dtype: 'F4', shape: [3] } }, /whole bytes/],
    ['an unknown kind', { a: { dtype: 'F32', shape: [], kind: 'weight' } }, /"weight".*parameter, buffer/],
    [
      'requires_grad that is a text',
      { a: { dtype: 'F32', shape: [], requires_grad: 'True' } },
      /requires_grad/,
    ],
    [
      'offsets of another length',
      { a: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } },
      /4 bytes.*make 8/,
    ],
    ['offsets that are none', { a: { dtype: 'F32', shape: [2], data_offsets: [8] } }, /data_offsets/],
    ['a tie to nothing', { a: { dtype: 'F32', shape: [], tied_to: 'b' } }, /"b", which is not there/],
    [
      'a tie of different shapes',
      { a: { dtype: 'F32', shape: [] }, b: { dtype: 'F32', shape: [1], tied_to: 'a' } },
      /another shape/,
    ],
    [
      'a tensor twice',
      { 'a.b': { dtype: 'F32', shape: [] }, a: { b: { dtype: 'F32', shape: [] } } },
      /"a.b" is there twice/,
    ],
    [
      'a key twice',
      '{"a": {"dtype": "F32", "shape": []}, "a": {"dtype": "F32", "shape": []}}',
      /there twice/,
    ],
  ])('with %s is malformed', async (_, document, message) => {
    await expect(read(document)).rejects.toMatchObject({
      code: 'format/malformed',
      file: 'folder/x.json',
      message: expect.stringMatching(message),
    })
  })

  it('with tensors tied in a circle ends', async () => {
    const { tensors } = await stateDict({
      a: { dtype: 'F32', shape: [], tied_to: 'b' },
      b: { dtype: 'F32', shape: [], tied_to: 'a' },
    })
    expect(tensors.map((tensor) => tensor.tiedTo)).toEqual([null, 'a'])
  })

  it('keeps what is no tensor as values', async () => {
    const checkpoint = await read({
      a: { dtype: 'F32', shape: [2] },
      step: 7,
      config: { lr: 0.1, betas: [0.9, 0.99], tags: ['x', 'y'], empty: {} },
      note: 'x'.repeat(200),
      vocabulary: [1, 2, 3],
    })
    expect([...(checkpoint.values ?? [])]).toEqual([
      ['step', '7'],
      ['config.lr', '0.1'],
      ['config.betas', 'a list of 2'],
      ['config.tags', 'a list of 2'],
      ['config.empty', 'an empty object'],
      ['note', `"${'x'.repeat(79)}…"`],
      ['vocabulary', '[1, 2, 3]'],
    ])
  })

  it('keeps names like __proto__ and 1 as they are, in order', async () => {
    const entry = '{"dtype": "F32", "shape": []}'
    const { tensors } = await stateDict(`{"2": ${entry}, "__proto__": ${entry}, "1": ${entry}}`)
    expect(tensors.map((tensor) => tensor.name)).toEqual(['2', '__proto__', '1'])
  })

  it.each<[keyof Limits, Partial<Limits>, unknown]>([
    ['tensors', { tensors: 1 }, { a: { dtype: 'F32', shape: [] }, b: { dtype: 'F32', shape: [] } }],
    ['nameBytes', { nameBytes: 3 }, { abcd: { dtype: 'F32', shape: [] } }],
    ['dimensions', { dimensions: 2 }, { a: { dtype: 'F32', shape: [1, 1, 1] } }],
    ['jsonBytes', { jsonBytes: 3 }, { a: { dtype: 'F32', shape: [] } }],
    ['jsonValues', { jsonValues: 3 }, { a: [{}, {}, {}, {}] }],
    ['jsonDepth', { jsonDepth: 2 }, { a: { b: { dtype: 'F32', shape: [] } } }],
  ])('over the limit %s is refused by its name', async (name, limits, document) => {
    await expect(read(document, limits)).rejects.toMatchObject({
      code: 'limit/exceeded',
      message: expect.stringContaining(`${name}=`),
    })
  })
})

describe('nested lists', () => {
  it('are tensors whose types are not recorded', async () => {
    const { tensors } = await stateDict({
      a: [
        [1.5, 2],
        [3, 4],
        [5, 6],
      ],
      b: 0.5,
      c: [],
      d: [[], []],
    })
    expect(tensors.map(({ name, dtype, shape, bytes }) => [name, dtype, shape, bytes])).toEqual([
      ['a', null, [3, 2], null],
      ['b', null, [], null],
      ['c', null, [0], null],
      ['d', null, [2, 0], null],
    ])
  })

  it('of true and false are of a bool tensor', async () => {
    expect(outline(await stateDict({ mask: [[true, false]], w: [1.5], flag: true }))).toEqual([
      'mask BOOL [1,2]',
      'w null [1]',
      'flag BOOL []',
    ])
  })

  it('written as integers among others written as floats are told apart', async () => {
    const { facts } = await stateDict('{"w": [1.0, 2.0], "n": 3, "ids": [[0, 1]], "s": 1.0, "e": 1e3}')
    expect(facts.integralLists).toEqual(new Set(['n', 'ids']))
    expect((await stateDict('{"n": 3, "ids": [0, 1]}')).facts.integralLists).toBeUndefined()
  })

  it('in objects are of modules', async () => {
    expect(outline(await stateDict({ enc: { fc: { w: [1.5] } }, head: { b: [[2.5]] } }))).toEqual([
      'enc.fc.w null [1]',
      'head.b null [1,1]',
    ])
  })

  it('may hold NaN and infinities as Python writes them, and a finding says so', async () => {
    const checkpoint = await read('{"w": [1.0, NaN, -Infinity], "s": Infinity, "v": [1.0]}')
    expect(outline(checkpoint.stateDicts[0])).toEqual(['w null [3]', 's null []', 'v null [1]'])
    expect(checkpoint.findings).toMatchObject([{ rule: 'json/nonfinite', level: 'warning' }])
    expect(checkpoint.findings[0]?.message).toContain('"w" and "s"')
  })

  it('may hold integers past 2^53 and numbers past a double', async () => {
    expect(
      outline(await stateDict(`{"w": [123456789012345678901234567890, 1e999], "n": ${'9'.repeat(1000)}}`)),
    ).toEqual(['w null [2]', 'n null []'])
  })

  it.each<[string, string, RegExp]>([
    [
      'of different lengths',
      '{"w": [[1, 2], [3]]}',
      /"w".*line 1, column 18: lists of 2 and of 1 beside each other/,
    ],
    ['of different lengths, deep', '{"w": [[[1], [2]], [[3], [4, 5]]]}', /lists of 1 and of 2/],
    ['of different lengths, one empty', '{"w": [[1], []]}', /lists of 1 and of 0/],
    ['beside a number', '{"w": [1, [2]]}', /a number and a list/],
    ['before a number', '{"w": [[1], 2]}', /a number and a list/],
    ['empty, beside a number', '{"w": [[[]], [1]]}', /a number and a list/],
    ['with a text', '{"w": [1, "NaN"]}', /a string among numbers/],
    ['with null', '{"w": [[1], [null]]}', /null among numbers/],
    ['with an object', '{"w": [1, {"a": [2]}]}', /an object among numbers/],
    ['with true beside a number', '{"w": [1, true]}', /true or false among numbers/],
  ])('%s are no tensor', async (_, document, message) => {
    await expect(read(document)).rejects.toMatchObject({
      code: 'format/malformed',
      tensor: 'w',
      message: expect.stringMatching(message),
    })
  })

  it('name the line of a fault', async () => {
    await expect(read('{\n "w": [\n  [1, 2],\n  [3]\n ]}')).rejects.toMatchObject({
      message: expect.stringContaining('line 4'),
    })
  })

  it('a text that spells a number is not passed over', async () => {
    await expect(read({ state_dict: { w: [1.5], s: 'NaN' } })).rejects.toMatchObject({
      code: 'format/malformed',
      tensor: 's',
      hint: expect.stringContaining('json.dump'),
    })
  })

  it('of a million numbers cost no more than the text', async () => {
    const row = `[${Array.from({ length: 1000 }, () => '-0.12345678901234567').join(',')}]`
    const text = `{"w": [${Array.from({ length: 1000 }, () => row).join(',')}]}`
    expect(outline(await stateDict(text))).toEqual(['w null [1000,1000]'])
  })
})

describe('a document of a training run', () => {
  const state = (shape: readonly number[]): unknown =>
    shape.reduceRight<unknown>((inner, n) => Array(n).fill(inner), 0.5)
  const document = {
    epoch: 3,
    optimizer: {
      state: {
        0: { step: 5, exp_avg: state([2, 3]), exp_avg_sq: state([2, 3]) },
        1: { step: 5, exp_avg: state([2]) },
      },
      param_groups: [
        { lr: 0.1, betas: [0.9, 0.999], params: [0, 1] },
        { lr: 0.2, params: [2], param_names: ['head.bias'] },
      ],
    },
    ema: { 'fc.weight': state([2, 3]), 'fc.bias': state([2]) },
    state_dict: { 'fc.weight': state([2, 3]), 'fc.bias': state([2]), 'head.bias': state([4]) },
    hparams: { name: 'x', schedule: [1, 2] },
  }

  it('lists its state dicts, the model first, and the rest as values', async () => {
    const checkpoint = await read(document)
    expect(checkpoint.stateDicts.map((one) => `${one.role} ${one.path} ${one.tensors.length}`)).toEqual([
      'model state_dict 3',
      'ema ema 2',
      'optimizer optimizer 5',
    ])
    expect(outline(checkpoint.stateDicts[2])[0]).toBe('state.0.step null []')
    expect(checkpoint.values?.get('epoch')).toBe('3')
    expect(checkpoint.values?.get('optimizer.param_groups.0.lr')).toBe('0.1')
    expect(checkpoint.values?.get('hparams.name')).toBe('"x"')
  })

  it('says what its optimizer was given', async () => {
    const checkpoint = await read(document)
    const [model] = checkpoint.stateDicts
    expect(model?.facts.optimizers).toEqual([
      {
        path: 'optimizer',
        groups: [
          {
            parameters: [
              { name: null, shape: [2, 3], hasState: true },
              { name: null, shape: [2], hasState: true },
            ],
          },
          { parameters: [{ name: 'head.bias', shape: null, hasState: false }] },
        ],
      },
    ])
  })

  it('says nothing of what an optimizer was given where the list is too long to be kept', async () => {
    const params = Array.from({ length: 100_001 }, (_, id) => id)
    const { optimizer } = document
    const groups = [...optimizer.param_groups, { lr: 0.1, params }]
    const { stateDicts } = await read({ ...document, optimizer: { ...optimizer, param_groups: groups } })
    expect(stateDicts[0]?.facts.optimizers).toBeUndefined()
    expect(stateDicts[2]?.tensors).toHaveLength(5)
  })

  it('has the model beside its optimizer, as people save it', async () => {
    const { state_dict: _, ...others } = document
    const { stateDicts, values } = await read({
      'fc.weight': [
        [1, 2],
        [3, 4],
      ],
      'fc.steps': 5,
      scale: [1],
      ...others,
    })
    const [model] = stateDicts
    expect(model?.path).toBe('')
    expect([...(model?.tensors ?? [])].map(({ name }) => name)).toEqual(['fc.weight', 'fc.steps', 'scale'])
    expect(stateDicts.map(({ role }) => role)).toEqual(['model', 'ema', 'optimizer'])
    expect(values?.get('epoch')).toBe('3')
  })

  it('knows optimizers in a list, described tensors and states of other shapes', async () => {
    const entry = (shape: number[]) => ({ dtype: 'F32', shape })
    const checkpoint = await read({
      model: { w: entry([4, 5]) },
      optimizer_states: [
        {
          state: { w: { row: entry([4]), col: entry([5]) } },
          param_groups: [{ params: ['w'] }],
        },
      ],
    })
    expect(checkpoint.stateDicts.map((one) => `${one.role} ${one.path}`)).toEqual([
      'model model',
      'optimizer optimizer_states.0',
    ])
    expect(checkpoint.stateDicts[0]?.facts.optimizers?.[0]?.groups[0]?.parameters).toEqual([
      { name: 'w', shape: null, hasState: true },
    ])
  })

  it('has a model under a key that nobody knows', async () => {
    const checkpoint = await read({ generator: document.state_dict, optimizer: document.optimizer })
    expect(checkpoint.stateDicts.map((one) => `${one.role} ${one.path}`)).toEqual([
      'model generator',
      'optimizer optimizer',
    ])
  })
})

describe('a report of an earlier run', () => {
  const bytesOf = (value: unknown): Uint8Array => jsonBytes([...jsonOf(value)].join(''))

  it.each(['manifest.json', 'header.json', 'values.json'])(
    'of %s gives the same answers again',
    async (name) => {
      const first = await reportOf(fixture(name).bytes)
      const again = await reportOf(bytesOf(first))
      const answers = (report: Report) =>
        report.stateDicts.map(({ path, role, order, totals, tensors }) => ({
          path,
          role,
          order,
          totals,
          tensors,
        }))
      expect(answers(again)).toEqual(answers(first))
      expect(again.format).toBe(first.format)
      expect(again.files).toEqual(first.files)
      expect(again.values).toEqual(first.values)
    },
  )

  it('has its findings again, with the facts they are made of', async () => {
    const report = await reportOf(jsonBytes({ w: [[1.5]] }))
    const args = { tensors: ['a', 'b'], held: 12, share: 1.5, said: null, isIndexed: false, none: [] }
    const findings = [
      { rule: 'x/y', level: 'info', message: 'm', file: 'f', tensor: 't', key: 'k', args, fix: 'do' },
      { rule: 'x/z', level: 'error', message: 'n' },
    ]
    expect((await reportOf(bytesOf({ ...report, findings }))).findings).toEqual(findings)
    const odd = { ...report, findings: [{ rule: 'x/z', level: 'error', message: 'n', args: { of: [{}] } }] }
    await expect(reportOf(bytesOf(odd))).rejects.toMatchObject({ code: 'format/malformed' })
  })

  it('of several checkpoints gives the state dicts of all', async () => {
    const report = await reportOf(jsonBytes({ w: [[1.5]] }))
    const wrapped = { schemaVersion: 1, checkpoints: [report, report, { path: 'x', error: {} }] }
    const checkpoint = await readCheckpoint(memorySource(bytesOf(wrapped)), { limits: defaultLimits })
    expect(checkpoint.stateDicts.map((one) => one.path)).toEqual(['checkpoints.0', 'checkpoints.1'])
  })

  /** A report of three tensors of [2, 3], tied as is said. */
  async function withTies(ties: Readonly<Record<string, string>>, shape = '[2,3]'): Promise<string> {
    const list = [
      [1, 2, 3],
      [4, 5, 6],
    ]
    const text = new TextDecoder().decode(bytesOf(await reportOf(jsonBytes({ a: list, b: list, c: list }))))
    return text.replace(
      /"name":"([abc])","dtype":[^}]*?"shape":(\[2,3\]).*?"tiedTo":(null)/g,
      (entry, name) => {
        const tied = entry.replace(/null$/, JSON.stringify(ties[name] ?? null))
        return name === 'b' ? tied.replace('[2,3]', shape) : tied
      },
    )
  }

  it.each<[string, Readonly<Record<string, string>>, number]>([
    ['another that is there', { b: 'a' }, 12],
    ['one that was not kept, as another is', { a: 'x', b: 'x' }, 12],
    ['one that was not kept', { a: 'x' }, 18],
    ['itself', { a: 'a' }, 18],
    ['each other', { a: 'b', b: 'a' }, 12],
  ])('counts each memory once, where tensors are tied to %s', async (_, ties, elements) => {
    const again = await reportOf(new TextEncoder().encode(await withTies(ties)))
    expect(again.stateDicts[0]?.totals.parameters.elements).toBe(elements)
  })

  it.each<[string, Readonly<Record<string, string>>]>([
    ['the other', { b: 'a' }],
    ['the same that was not kept', { a: 'x', b: 'x' }],
  ])('with a tensor that differs from %s it is tied to is malformed', async (_, ties) => {
    await expect(read(await withTies(ties, '[3,2]'))).rejects.toMatchObject({ code: 'format/malformed' })
  })

  it('of another version is not read', async () => {
    await expect(read({ schemaVersion: 99, stateDicts: [] })).rejects.toMatchObject({
      code: 'unsupported/feature',
      message: expect.stringContaining('99'),
    })
  })

  it.each<[string, string, string, RegExp]>([
    ['a missing format', '"format":', '"form":', /"format" is missing/],
    [
      'a state dict that is none',
      '"stateDicts": [',
      '"stateDicts": ["x",',
      /"stateDicts.0" is .*expected an object/,
    ],
    [
      'an unknown kind',
      '"kind":"parameter"',
      '"kind":"x"',
      /"stateDicts.0.tensors.0.kind" is "x", expected parameter/,
    ],
    ['a tensor twice', '"name":"v"', '"name":"w"', /"stateDicts.0.tensors.1.name" is "w"/],
    ['no reason', '"kindReason":', '"because":', /kindReason" is missing/],
  ])('with %s is malformed', async (_, sound, spoilt, message) => {
    const text = new TextDecoder().decode(bytesOf(await reportOf(jsonBytes({ w: [[1.5]], v: [1.5] }))))
    expect(text).toContain(sound)
    await expect(read(text.replace(sound, spoilt))).rejects.toMatchObject({
      code: 'format/malformed',
      message: expect.stringMatching(message),
    })
  })
})

describe('other documents', () => {
  it.each<[string, unknown, RegExp]>([
    ['a list', [1, 2], /no object/],
    ['an empty object', {}, /empty/],
    ['a configuration', { architectures: ['Bert'], sizes: [1, 2] }, /"architectures"/],
    ['a configuration of numbers', { hidden_size: 768, layers: 12 }, /no tensors/],
    ['a tokenizer', { model: { vocab: { a: 1 } }, version: '1.0' }, /no tensors/],
  ])('like %s are refused with the forms that are read', async (_, document, message) => {
    await expect(read(document)).rejects.toMatchObject({
      code: 'format/unknown',
      message: expect.stringMatching(message),
      hint: expect.stringContaining('weight_map'),
    })
  })

  it.each(['', ' ', '{', '{"a"', '{"a": [1, 2', '{"a": [1.5]}}', '[[[', '{"a": nul}', '\ufeff{}'])(
    'cut off or broken like %j get a code',
    async (text) => {
      await expect(read(text)).rejects.toMatchObject({ code: expect.stringMatching(/^format\//) })
    },
  )
})
