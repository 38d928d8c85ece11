import { describe, expect, it } from 'vitest'
import { readCheckpoint } from '../../src/formats/read-checkpoint.ts'
import { defaultLimits, type Limits } from '../../src/limits.ts'
import type { Checkpoint } from '../../src/model/checkpoint.ts'
import type { Finding } from '../../src/model/finding.ts'
import { memorySource } from '../../src/source/memory.ts'
import { memoryPlace } from '../../src/source/memory-place.ts'
import { zipBytes } from '../codec/zip-bytes.ts'
import { chunkOf } from '../helpers/chunk.ts'
import { jsonBytes, vectorsFile } from '../helpers/shards.ts'
import { Faults } from '../helpers/sources.ts'

const one = 'model-00001-of-00002.safetensors'
const two = 'model-00002-of-00002.safetensors'

type Files = Record<string, Uint8Array>

/** Two sound shards of two tensors each. */
const sound: Files = { [one]: vectorsFile({ a: 2, b: 3 }), [two]: vectorsFile({ c: 4, d: 5 }) }
const map = { a: one, b: one, c: two, d: two }

async function read(index: unknown, files: Files = sound, limits: Partial<Limits> = {}): Promise<Checkpoint> {
  const bytes = jsonBytes(index)
  const name = 'model.safetensors.index.json'
  const place = memoryPlace(new Map(Object.entries({ ...files, [name]: bytes })), 'folder')
  const source = memorySource(bytes, `folder/${name}`)
  return readCheckpoint(source, { place, limits: { ...defaultLimits, ...limits } })
}

function rules(checkpoint: Checkpoint): string[] {
  return checkpoint.findings.map((finding) => `${finding.level} ${finding.rule}`)
}

function names(checkpoint: Checkpoint): string[] {
  return (checkpoint.stateDicts[0]?.tensors ?? []).map((tensor) => tensor.name)
}

async function onlyFinding(checkpoint: Promise<Checkpoint>): Promise<Finding> {
  const { findings } = await checkpoint
  expect(findings.map((finding) => finding.rule)).toHaveLength(1)
  return findings[0] as Finding
}

describe('an index with its shards', () => {
  it('is one checkpoint of one state dict', async () => {
    const checkpoint = await read({ metadata: { total_size: 56 }, weight_map: map })
    expect(checkpoint.findings).toEqual([])
    expect(names(checkpoint)).toEqual(['a', 'b', 'c', 'd'])
    expect(checkpoint.format).toBe('safetensors')
    expect(checkpoint.files.map((file) => `${file.role} ${file.name}`)).toEqual([
      'index model.safetensors.index.json',
      `weights ${one}`,
      `weights ${two}`,
    ])
    expect(checkpoint.metadata.get('total_size')).toBe(56)
    expect(checkpoint.stateDicts[0]?.tensors.map((tensor) => chunkOf(tensor).file)).toEqual([
      one,
      one,
      two,
      two,
    ])
  })

  it.each(['./', './/', '././'])(
    'names its shards with %s before them, as transformers opens them',
    async (before) => {
      const named = Object.fromEntries(Object.entries(map).map(([name, file]) => [name, before + file]))
      const checkpoint = await read({ metadata: { total_size: 56 }, weight_map: named })
      expect(checkpoint.findings).toEqual([])
      expect(names(checkpoint)).toEqual(['a', 'b', 'c', 'd'])
      expect(checkpoint.files.map(({ name }) => name)).toEqual(['model.safetensors.index.json', one, two])
    },
  )

  it('keeps the index in the order of the model where only the model can have that order', async () => {
    const files = { [one]: vectorsFile({ 'x.bias': 1, 'x.weight': 1, 'y.weight': 1 }) }
    const registered = { 'x.weight': one, 'x.bias': one, 'y.weight': one }
    const checkpoint = await read({ weight_map: registered }, files)
    expect(checkpoint.stateDicts[0]?.order).toBe('registration')
    expect(names(checkpoint)).toEqual(['x.weight', 'x.bias', 'y.weight'])
    const sorted = await read({ weight_map: { 'x.bias': one, 'x.weight': one, 'y.weight': one } }, files)
    expect(sorted.stateDicts[0]?.order).toBe('unrecorded')
    const merged = await read({ metadata: { mergekit_version: '1' }, weight_map: registered }, files)
    expect(merged.stateDicts[0]?.order).toBe('unrecorded')
  })

  it('does not take sorted shards laid end to end for the order of the model', async () => {
    const files = {
      [one]: vectorsFile({ 'x.weight': 1 }),
      [two]: vectorsFile({ 'x.bias': 1, 'y.weight': 1 }),
    }
    const checkpoint = await read({ weight_map: { 'x.weight': one, 'x.bias': two, 'y.weight': two } }, files)
    expect(checkpoint.stateDicts[0]?.order).toBe('unrecorded')
  })

  it('does not call the order recorded when entries of a module are not in the index', async () => {
    const files = { [one]: vectorsFile({ 'x.bias': 1, 'x.weight': 1, 'x.scale': 1 }) }
    const checkpoint = await read({ weight_map: { 'x.weight': one, 'x.bias': one } }, files)
    expect(checkpoint.stateDicts[0]?.order).toBe('unrecorded')
  })

  it('lists the removed names of tied tensors, from the index and from shards', async () => {
    const files = { [one]: vectorsFile({ a: 2, b: 3 }, { old: 'a' }), [two]: sound[two] as Uint8Array }
    const checkpoint = await read({ metadata: { lm_head: 'c', total_size: 56 }, weight_map: map }, files)
    const tied = checkpoint.stateDicts[0]?.tensors.filter((tensor) => tensor.tiedTo !== null)
    expect(tied?.map((tensor) => [tensor.name, tensor.tiedTo, tensor.shape])).toEqual([
      ['old', 'a', [2]],
      ['lm_head', 'c', [4]],
    ])
    expect(checkpoint.stateDicts[0]?.facts.aliases).toEqual(
      new Map([
        ['old', 'a'],
        ['lm_head', 'c'],
      ]),
    )
    expect(rules(checkpoint)).toEqual([])
  })

  it('takes names like __proto__ for names', async () => {
    const files = { [one]: vectorsFile({ ['__proto__']: 1, constructor: 1, '1': 1 }) }
    const index = `{"weight_map": {"__proto__": "${one}", "constructor": "${one}", "1": "${one}"}}`
    const checkpoint = await read(index, files)
    expect(names(checkpoint)).toEqual(['__proto__', 'constructor', '1'])
    await expect(read('{"weight_map": {"a": "__proto__"}}', {})).rejects.toMatchObject({
      code: 'source/not-found',
    })
  })
})

describe('the count of parameters in an index', () => {
  const counted = { metadata: { total_parameters: 12 }, weight_map: map }
  const pt: Files = {
    [one]: vectorsFile({ a: 2, b: 3 }, { format: 'pt' }),
    [two]: vectorsFile({ c: 4, d: 5 }, { format: 'pt' }),
  }

  it('is a fact of a whole PyTorch checkpoint', async () => {
    expect((await read(counted, pt)).stateDicts[0]?.facts.totalParameters).toBe(12)
  })

  it.each<[string, unknown, Files]>([
    ['shards do not say that they are of PyTorch', counted, sound],
    ['the model is quantised', counted, { ...pt, 'config.json': jsonBytes({ quantization_config: {} }) }],
    ['a shard is missing', counted, { [one]: pt[one] as Uint8Array }],
    ['it is more than is stored', { ...counted, metadata: { total_parameters: 15 } }, pt],
    ['it is no whole number', { ...counted, metadata: { total_parameters: 12.5 } }, pt],
  ])('is no fact when %s', async (_, index, files) => {
    expect((await read(index, files)).stateDicts[0]?.facts.totalParameters).toBeUndefined()
  })
})

describe('where index and shards differ', () => {
  it('lists missing shards and answers the others', async () => {
    const checkpoint = await read(
      { weight_map: map, metadata: { total_size: 1 } },
      { [one]: sound[one] as Uint8Array },
    )
    expect(names(checkpoint)).toEqual(['a', 'b'])
    expect(checkpoint.findings).toEqual([
      {
        rule: 'index/missing-shard',
        level: 'error',
        message: `a shard is missing: "${two}"`,
        key: two,
        args: { shards: [two] },
        fix: 'download it',
      },
    ])
  })

  it('names the first ten of many missing shards', async () => {
    const weights = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`t${i}`, `s${i}.safetensors`]))
    const finding = await onlyFinding(
      read({ weight_map: weights }, { 's0.safetensors': vectorsFile({ t0: 1 }) }),
    )
    expect(finding.message).toMatch(
      /^29 shards are missing: "s1\.safetensors", .*"s10\.safetensors" and 19 more$/,
    )
  })

  it('refuses an index with none of its shards', async () => {
    await expect(read({ weight_map: map }, {})).rejects.toMatchObject({
      code: 'source/not-found',
      message: `none of the 2 shards that the index names is here: "${one}" and "${two}"`,
    })
  })

  it('answers the rest of a checkpoint with a shard cut off', async () => {
    const checkpoint = await read(
      { weight_map: map },
      { ...sound, [two]: (sound[two] as Uint8Array).slice(0, -1) },
    )
    expect(names(checkpoint)).toEqual(['a', 'b'])
    expect(checkpoint.findings).toMatchObject([
      {
        rule: 'shards/broken',
        level: 'error',
        file: two,
        message: expect.stringContaining('cannot be read'),
      },
    ])
  })

  it('finds tensors that are in no shard', async () => {
    const finding = await onlyFinding(read({ weight_map: { ...map, e: one } }))
    expect(finding).toMatchObject({ rule: 'index/missing-tensor', level: 'error', tensor: 'e' })
  })

  it('says where a tensor is instead', async () => {
    const finding = await onlyFinding(read({ weight_map: { ...map, a: two } }))
    expect(finding).toMatchObject({ rule: 'index/wrong-shard', level: 'error', tensor: 'a' })
    expect(finding.message).toBe(`the index puts a tensor in ${two}, and it is in ${one}: "a"`)
  })

  it('finds tensors that the index does not name, and lists them last', async () => {
    const checkpoint = await read({ weight_map: { b: one, c: two } })
    expect(rules(checkpoint)).toEqual(['error index/unlisted-tensor', 'error index/unlisted-tensor'])
    expect(names(checkpoint)).toEqual(['b', 'c', 'a', 'd'])
  })

  it('finds a tensor in two shards, and takes the one the index means', async () => {
    const files = { ...sound, [two]: vectorsFile({ a: 7, c: 4, d: 5 }) }
    const checkpoint = await read({ weight_map: { b: one, a: two, c: two, d: two } }, files)
    expect(rules(checkpoint)).toEqual(['error shards/duplicate-tensor'])
    expect(checkpoint.stateDicts[0]?.tensors.at(1)).toMatchObject({ name: 'a', shape: [7] })
  })

  it('takes the first of two where the index means neither or the first', async () => {
    const files = { ...sound, [two]: vectorsFile({ a: 7, c: 4, d: 5 }) }
    for (const index of [map, { b: one, c: two, d: two }]) {
      const checkpoint = await read({ weight_map: index }, files)
      expect(checkpoint.stateDicts[0]?.tensors.find((tensor) => tensor.name === 'a')?.shape).toEqual([2])
    }
  })

  it('takes a shard of the same number that the index leaves out for an error', async () => {
    const three = 'model-00002-of-00003.safetensors'
    const files = {
      'model-00001-of-00003.safetensors': vectorsFile({ a: 2 }),
      [three]: vectorsFile({ b: 3 }),
      'model-00003-of-00003.safetensors': vectorsFile({ c: 4 }),
    }
    const index = {
      weight_map: { a: 'model-00001-of-00003.safetensors', c: 'model-00003-of-00003.safetensors' },
    }
    const { findings } = await read(index, files)
    expect(findings.find(({ rule }) => rule === 'index/stray-shard')).toMatchObject({ level: 'error' })
  })

  it('says what a single file beside the index lacks, since that is what loads', async () => {
    const files = { ...sound, 'model.safetensors': vectorsFile({ a: 2, b: 3 }) }
    const { findings } = await read({ weight_map: map }, files)
    expect(findings).toMatchObject([{ rule: 'index/shadowed', level: 'error', file: 'model.safetensors' }])
    expect(findings[0]?.message).toContain('lacks 2 tensors that the index names: "c" and "d"')
    const whole = { ...sound, 'model.safetensors': vectorsFile({ a: 2, b: 3, c: 4, d: 5 }) }
    expect((await read({ weight_map: map }, whole)).findings).toEqual([])
  })

  it('finds shards of the same set that the index does not name', async () => {
    const stray = 'model-00003-of-00002.safetensors'
    const other = 'other-00001-of-00002.safetensors'
    const files = { ...sound, [stray]: vectorsFile({ z: 1 }), [other]: vectorsFile({ z: 1 }) }
    const finding = await onlyFinding(read({ weight_map: map }, files))
    expect(finding).toMatchObject({ rule: 'index/stray-shard', level: 'warning' })
    expect(finding.message).toContain(stray)
    expect(finding.message).not.toContain(other)
  })

  it.each([
    [55, '55'],
    ['56', '"56"'],
    [-1, '-1'],
    [null, 'null'],
    [[], 'a list'],
  ])('compares total_size %j with what the shards hold', async (total, shown) => {
    const finding = await onlyFinding(read({ metadata: { total_size: total }, weight_map: map }))
    expect(finding).toMatchObject({ rule: 'index/total-size', level: 'warning' })
    expect(finding.message).toBe(
      `total_size in the index is ${shown}, and the tensors of the shards hold 56 bytes`,
    )
  })

  it('says that shard names leave a gap', async () => {
    const three = 'model-00003-of-00003.safetensors'
    const first = 'model-00001-of-00003.safetensors'
    const files = { [first]: vectorsFile({ a: 1 }), [three]: vectorsFile({ b: 1 }) }
    const finding = await onlyFinding(read({ weight_map: { a: first, b: three } }, files))
    expect(finding).toMatchObject({
      rule: 'shards/incomplete',
      level: 'warning',
      message: 'by their names there are 3 shards, and 2 are in the index: number 2 is missing',
    })
  })

  it('says that shard names disagree on their number', async () => {
    const other = 'model-00002-of-00009.safetensors'
    const files = { [one]: vectorsFile({ a: 1 }), [other]: vectorsFile({ b: 1 }) }
    const finding = await onlyFinding(read({ weight_map: { a: one, b: other } }, files))
    expect(finding).toMatchObject({ rule: 'shards/disagreeing-totals', level: 'error' })
  })

  it('passes on what is found in a shard, with its file', async () => {
    const text = new TextDecoder().decode(vectorsFile({ a: 1 })).replace('{', ' {')
    const spaced = new TextEncoder().encode(text)
    new DataView(spaced.buffer).setBigUint64(0, new DataView(spaced.buffer).getBigUint64(0, true) + 1n, true)
    const finding = await onlyFinding(
      read({ weight_map: { a: 's.safetensors' } }, { 's.safetensors': spaced }),
    )
    expect(finding.file).toBe('s.safetensors')
  })
})

describe('a bad index', () => {
  it.each<[string, unknown]>([
    ['a list for weight_map', { weight_map: [] }],
    ['null for weight_map', { weight_map: null }],
    ['a number for a file', { weight_map: { a: 1 } }],
    ['an object for a file', { weight_map: { a: {} } }],
    ['a duplicate tensor', `{"weight_map": {"a": "${one}", "a": "${two}"}}`],
    ['an escaped duplicate', `{"weight_map": {"a": "${one}", "\\u0061": "${two}"}}`],
    ['a byte order mark', `\ufeff{"weight_map": {}}`],
    ['a trailing comma', `{"weight_map": {"a": "${one}",}}`],
  ])('with %s is malformed', async (_, index) => {
    await expect(read(index)).rejects.toMatchObject({
      code: 'format/malformed',
      file: 'folder/model.safetensors.index.json',
    })
  })

  it.each([
    '../../../etc/passwd',
    '/etc/passwd',
    'a/../../x',
    'C:\\x',
    '//h/x',
    'NUL',
    '%2e%2e%2fx',
    'https://evil/x.safetensors',
    'file:///x',
  ])('that names %s is refused before any shard is opened', async (shard) => {
    const bytes = jsonBytes({ weight_map: { ...map, e: shard } })
    const faults = new Faults()
    const place = faults.place(memoryPlace(new Map(Object.entries(sound))))
    const refused = readCheckpoint(memorySource(bytes), { place, limits: defaultLimits })
    await expect(refused).rejects.toMatchObject({ code: 'source/outside' })
    expect(faults.opened).toBe(0)
  })

  it('that names itself or another index is not followed', async () => {
    const self = 'model.safetensors.index.json'
    await expect(read({ weight_map: { a: self } })).rejects.toMatchObject({
      code: 'format/unknown',
      file: self,
    })
    const checkpoint = await read(
      { weight_map: { ...map, e: 'other.index.json' } },
      { ...sound, 'other.index.json': jsonBytes({ weight_map: map }) },
    )
    expect(rules(checkpoint)).toEqual(['error shards/broken'])
  })

  it('that names a shard in another letter case says what there is', async () => {
    await expect(
      read({ weight_map: { a: 'Model.safetensors' } }, { 'model.safetensors': vectorsFile({ a: 1 }) }),
    ).rejects.toMatchObject({ code: 'source/not-found' })
  })

  it('without a folder cannot be followed', async () => {
    const source = memorySource(jsonBytes({ weight_map: map }))
    await expect(readCheckpoint(source, { limits: defaultLimits })).rejects.toMatchObject({
      code: 'unsupported/feature',
    })
  })

  it.each<[string, Partial<Limits>]>([
    ['shards', { shards: 1 }],
    ['checkpointTensors', { checkpointTensors: 3 }],
    ['indexBytes', { indexBytes: 10 }],
  ])('over the limit %s is refused by its name', async (limit, limits) => {
    await expect(read({ weight_map: map }, sound, limits)).rejects.toMatchObject({
      code: 'limit/exceeded',
      message: expect.stringContaining(`${limit}=`),
    })
  })

  it('of 100,000 tensors that are not there makes one finding of a readable length', async () => {
    const weights = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`layer.${i}.weight`, 's']))
    const checkpoint = await read({ weight_map: weights }, { s: vectorsFile({ 'layer.0.weight': 1 }) })
    expect(checkpoint.findings[0]).toMatchObject({ rule: 'index/missing-tensor' })
    expect(checkpoint.findings[0]?.message.length).toBeLessThan(1000)
  })
})

describe('configuration beside the weights', () => {
  const files = (config: Uint8Array) => ({ ...sound, 'config.json': config })

  it('is read', async () => {
    const checkpoint = await read({ weight_map: map }, files(jsonBytes({ architectures: ['Bert'] })))
    expect(checkpoint.side.config?.get('architectures')).toEqual(['Bert'])
    expect(checkpoint.files.at(-1)).toMatchObject({ name: 'config.json', role: 'config' })
  })

  it.each<[string, string | Uint8Array, Partial<Limits>]>([
    ['broken', '{"a": }', {}],
    ['a list', '[]', {}],
    ['deep', '['.repeat(100_000), {}],
    ['over the limit', '{"a": 1}', { configBytes: 4 }],
    ['empty', '', {}],
  ])('that is %s becomes a finding', async (_, config, limits) => {
    const checkpoint = await read({ weight_map: map }, files(jsonBytes(config)), limits)
    expect(checkpoint.side.config).toBeUndefined()
    expect(rules(checkpoint)).toEqual(['error config/unreadable'])
    expect(names(checkpoint)).toHaveLength(4)
  })
})

it('tells all that a shard holds besides the part of the model', async () => {
  const text = (value: string) => `X${String.fromCharCode(value.length)}\0\0\0${value}`
  const tensor = `ctorch._utils\n_rebuild_tensor_v2\n((${text('storage')}ctorch\nFloatStorage\n${text('0')}${text('cpu')}K\x02tQK\0K\x02\x85K\x01\x85\x89}tR`
  const part = `}(${text('a')}${tensor}${text('b')}${tensor}u`
  const pickle = `\x80\x02}(${text('state_dict')}${part}${text('ema')}${part}${text('epoch')}K\x03u.`
  const shard = zipBytes([
    { name: 'a/data.pkl', data: Buffer.from(pickle, 'latin1') },
    { name: 'a/data/0', data: new Uint8Array(8) },
    { name: 'a/version', data: '3\n' },
  ])
  const { stateDicts, values } = await read(
    { weight_map: { a: 'below/m.bin', b: 'below/m.bin' } },
    { 'below/m.bin': shard },
  )
  expect(stateDicts.map(({ path, role }) => [path, role])).toEqual([
    ['', 'model'],
    ['below/m.bin: ema', 'ema'],
  ])
  expect(stateDicts[1]?.tensors.map((one) => [one.name, chunkOf(one).file])).toEqual([
    ['a', 'below/m.bin'],
    ['b', 'below/m.bin'],
  ])
  expect([...(values ?? [])]).toEqual([['below/m.bin: epoch', '3']])
})
