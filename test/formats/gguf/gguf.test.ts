import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { inspect } from '../../../src/index.ts'
import type { Report } from '../../../src/model/report.ts'
import { inspectPath, open } from '../../../src/node.ts'
import { memorySource } from '../../../src/source/memory.ts'
import { Distance } from '../../helpers/distance.ts'
import { array, ggufBytes, number, string } from './gguf-bytes.ts'

const folder = fileURLToPath(new URL('../../../fixtures/gguf', import.meta.url))
/** What the gguf package reads of each file: fixtures/generate/gguf_files.py. */
const expected: Record<
  string,
  { name: string; dtype: string; shape: number[]; elements: number; bytes: number; sha256: string }[]
> = JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8'))

const bytesOf = (name: string) => new Uint8Array(readFileSync(`${folder}/${name}`))
const read = (name: string): Promise<Report> => inspect(memorySource(bytesOf(name), name))
const model = (report: Report) => report.stateDicts[0] as Report['stateDicts'][number]
const verdicts = (report: Report) =>
  Object.fromEntries(model(report).tensors.map(({ name, kind, kindLevel }) => [name, `${kind} ${kindLevel}`]))

describe.each(Object.keys(expected))('%s', (name) => {
  const tensors = expected[name] ?? []

  it('has the tensors that the gguf package finds in it', async () => {
    const stored = model(await read(name)).tensors.filter(({ tiedTo }) => tiedTo === null)
    expect(stored.map((one) => [one.name, one.dtype, one.shape, one.elements, one.bytes])).toEqual(
      tensors.map((one) => [one.name, one.dtype, one.shape, one.elements, one.bytes]),
    )
  })

  it('gives the bytes of each, in windows of any size', async () => {
    const checkpoint = await open(`${folder}/${name}`)
    try {
      for (const { name: tensor, sha256 } of tensors)
        for (const windowBytes of [1, 100, 1 << 20]) {
          const hash = createHash('sha256')
          for await (const { bytes } of checkpoint.values(tensor, { windowBytes })) hash.update(bytes)
          expect([tensor, hash.digest('hex')]).toEqual([tensor, sha256])
        }
    } finally {
      await checkpoint.close()
    }
  })
})

describe('a decoder in GGUF', () => {
  it('counts weights, not blocks, and its tables as buffers', async () => {
    const report = await read('tied.gguf')
    expect(verdicts(report)).toMatchObject({
      'rope_freqs.weight': 'buffer recognised',
      'blk.0.attn_q.weight': 'parameter recognised',
    })
    const { parameters, buffers } = model(report).totals
    expect([parameters.elements, buffers.elements]).toEqual([64 * 32 + 32 + 2 * (32 + 32 * 32 + 96 * 32), 4])
  })

  it('without an output layer uses its embedding for it', async () => {
    const tied = model(await read('tied.gguf')).tensors.find(({ name }) => name === 'output.weight')
    expect(tied).toMatchObject({ tiedTo: 'token_embd.weight', shape: [64, 32] })
    expect(model(await read('moe.gguf')).tensors.some(({ tiedTo }) => tiedTo !== null)).toBe(false)
  })

  it('of experts says how many parameters a token uses', async () => {
    const report = await read('moe.gguf')
    const experts = 3 * 4 * 16 * 32
    const all = 2 * 64 * 32 + 2 * 32 + 32 * 32 + 96 * 32 + 4 * 32 + experts
    expect(model(report).mixture).toEqual({
      experts: 4,
      expertsPerToken: 2,
      parameters: all,
      activeParameters: all - experts / 2,
    })
    expect(verdicts(report)['blk.0.exp_probs_b.bias']).toBe('buffer recognised')
    // A stack of matrices is no convolution.
    const classes = new Map(model(report).modules.map(({ path, classes: of }) => [path, of]))
    expect(classes.get('blk.0.ffn_up_exps')).toBeUndefined()
    expect(classes.get('blk.0.ffn_up')).toEqual(['Linear'])
  })

  it('keeps the metadata, and of long arrays how long they are', async () => {
    const { metadata, producer } = await read('tied.gguf')
    expect(Object.fromEntries(metadata as ReadonlyMap<string, unknown>)).toEqual({
      'general.architecture': 'llama',
      'general.name': 'tied.gguf',
      'general.f64': 0.1,
      'general.i64': -(2n ** 60n),
      'llama.block_count': 2,
      'tokenizer.ggml.tokens': '64 strings',
      'tokenizer.ggml.scores': '64 numbers',
      'tokenizer.ggml.add_bos_token': true,
    })
    expect(producer).toBe('ggml, version 3 (llama)')
    expect((await read('big-endian.gguf')).producer).toBe('ggml, version 3 (llama, big-endian)')
    expect((await read('types.gguf')).producer).toBe('ggml, version 3 (llama, Q4_K_M)')
  })

  it('in parts is one checkpoint', async () => {
    const names = Object.entries(expected)
      .filter(([name]) => name.startsWith('split/'))
      .flatMap(([, tensors]) => tensors.map(({ name }) => name))
    const report = await inspectPath(`${folder}/split`)
    expect(names).toHaveLength(9)
    expect(model(report).tensors.map(({ name }) => name)).toEqual(names)
    expect(report.findings).toEqual([])
  })
})

describe('at a distance', () => {
  it('a vocabulary is passed over in few rounds, and no values are read', async () => {
    const tokens = Array.from({ length: 50_000 }, (_, i) => string(`token ${i}`))
    const bytes = ggufBytes({
      keys: [['tokenizer.ggml.tokens', 9, array(8, tokens)]],
      tensors: [{ dimensions: [8 << 20] }],
      data: 32 << 20,
    })
    const header = bytes.length - (32 << 20)
    const far = new Distance()
    const report = await inspect(far.source(bytes, 'm.gguf'))
    expect(report).toEqual(await inspect(memorySource(bytes, 'm.gguf')))
    expect(far.bytes).toBeLessThanOrEqual(header + (1 << 20))
    expect(far.rounds.length).toBeLessThanOrEqual(4)
  })
})

/** fixtures/hostile/gguf, each wrong in one way, most with data beyond their tensor: refused, or read with findings. */
const hostile: Record<string, RegExp | readonly string[]> = {
  G02_bad_magic: /does not begin with "GGUF"/,
  G03_ver0: /version 0/,
  G10_nk_2p40: /1099511627776 metadata keys, more than fit/,
  G11_nt_overflow_undersize: /288230376151711745 tensors, more than fit/,
  G13_magic_only: /ends at 4/,
  G16_key_len_gt_file: /1000000000 bytes long/,
  G17_key_empty: /key is empty/,
  G18_kv_bad_type: /type 13, which GGUF does not have/,
  G19_kv_type_arr_of_arr: /array of arrays/,
  G21_dup_key: /"k" is there twice/,
  G22_align_0: /alignment is 0/,
  G24_align_str: /alignment has the type 8/,
  G27_arr_len_2p62_u64: /4611686018427387904 elements, more than fit/,
  G28_arr_len_1e9_u8: /1000000000 elements, more than fit/,
  G29_arr_str_2p61: /2305843009213693952 elements, more than fit/,
  G30_str_val_neg1: /18446744073709551615 bytes long/,
  G31_str_nonutf8: ['gguf/odd-value'],
  G32_bool_2: ['gguf/odd-value'],
  G33_name_64: ['gguf/long-name', 'gguf/trailing-bytes'],
  G34_name_dup: /"a" is there twice/,
  G35_ndims_5: ['gguf/many-dimensions', 'gguf/trailing-bytes'],
  G39_elems_overflow: /more elements than any file/,
  G43_row_not_blockmult: /rows of 33/,
  G47_off_overlap: /"b" is at 0 of the data; the ones before it end at 32/,
  G48_not_enough_data: /needs 4000 bytes/,
  G49_extra_data: ['gguf/trailing-bytes'],
  G50_memsize_overflow: /more elements than any file/,
  G52_key_proto_array: [],
  G55_trunc_in_ti: /1 tensors, more than fit/,
  G56_name_nul: ['format/control-in-name', 'gguf/trailing-bytes'],
  G58_ndims_0: ['gguf/trailing-bytes'],
  G59_arr_type_bad: /array of the type 77/,
  G60_f32_nan: [],
}

describe('a hostile file', () => {
  it.each(Object.entries(hostile))('%s', async (name, outcome) => {
    const path = new URL(`../../../fixtures/hostile/gguf/${name}.gguf`, import.meta.url)
    const source = memorySource(new Uint8Array(readFileSync(path)), `${name}.gguf`)
    if (outcome instanceof RegExp) {
      const refusal = await inspect(source).then(
        () => expect.fail('it was read'),
        (error: unknown) => error as { code: string; message: string },
      )
      expect(refusal.message).toMatch(outcome)
      expect(refusal.code).toMatch(/^format\/(malformed|truncated)$/)
    } else {
      const { findings } = await inspect(source)
      expect(findings.map(({ rule }) => rule)).toEqual(outcome)
    }
  })

  const u32 = (value: number) => number(4, value)
  const refused: [string, Parameters<typeof ggufBytes>[0], RegExp][] = [
    ['version 1', { version: 1 }, /version 1, which ggml reads no more/],
    [
      'arrays in arrays, 10,000 deep',
      { keys: [['k', 9, Buffer.concat(Array.from({ length: 10_000 }, () => array(9, [], 1)))]] },
      /array of arrays/,
    ],
    ['version 4', { version: 4 }, /version 4/],
    ['-1 tensors', { tensorCount: -1 }, /18446744073709551615 tensors/],
    ['-1 keys', { keyCount: -1 }, /18446744073709551615 metadata keys/],
    ['a dimension of -1', { tensors: [{ dimensions: [-1] }] }, /dimension -1/],
    ['the type 9999', { tensors: [{ type: 9_999 }], data: 16 }, /type 9999/],
    ['a type that was taken out', { tensors: [{ type: 4 }], data: 16 }, /type 4/],
    ['the offset 2^64-1', { tensors: [{ offset: -1 }], data: 16 }, /past the end of any file/],
    ['a hole', { tensors: [{ offset: 32 }], data: 64 }, /is at 32 of the data; the ones before it end at 0/],
    ['an offset that is not aligned', { tensors: [{}, { name: 'b', offset: 16 }], data: 64 }, /is at 16/],
    ['an alignment of 2^31', { keys: [['general.alignment', 4, u32(2 ** 31)]] }, /alignment is 2147483648/],
    ['an alignment of 13', { keys: [['general.alignment', 4, u32(13)]] }, /alignment is 13/],
    ['a signed alignment', { keys: [['general.alignment', 5, u32(32)]] }, /alignment has the type 5/],
    ['a zero that hides an overflow', { tensors: [{ dimensions: [0, 2n ** 62n] }] }, /more elements than/],
  ]
  it.each(refused)('with %s is refused', async (_, parts, message) => {
    await expect(inspect(memorySource(ggufBytes(parts), 'm.gguf'))).rejects.toThrow(message)
  })

  it('with a dimension of 0 is read', async () => {
    const report = await inspect(memorySource(ggufBytes({ tensors: [{ dimensions: [4, 0] }] }), 'm.gguf'))
    expect(model(report).tensors.map(({ shape }) => shape)).toEqual([[0, 4]])
  })

  it('with a type that is newer than this table says so, and sizes it by the next tensor', async () => {
    const bytes = ggufBytes({
      tensors: [
        { type: 43, dimensions: [64] },
        { name: 'b', offset: 64 },
      ],
      data: 80,
    })
    const report = await inspect(memorySource(bytes, 'm.gguf'))
    expect(report.findings.map(({ rule }) => rule)).toEqual(['gguf/newer-type'])
    expect(model(report).tensors.map(({ dtype, bytes: size }) => [dtype, size])).toEqual([
      [null, null],
      ['F32', 16],
    ])
  })

  it('with a million tokens keeps their number only, whatever the window', async () => {
    const tokens = Array.from({ length: 20_000 }, (_, i) => string(String(i)))
    const bytes = ggufBytes({ keys: [['t', 9, array(8, tokens)]] })
    const report = await inspect(memorySource(bytes, 'm.gguf'))
    expect(report.metadata).toEqual(new Map([['t', '20000 strings']]))
  })

  it('that is cut off anywhere is refused', async () => {
    const whole = bytesOf('tied.gguf')
    for (let end = 1; end < whole.length; end += end < 1_200 ? 1 : 997)
      await expect(inspect(memorySource(whole.subarray(0, end), 'm.gguf'))).rejects.toMatchObject({
        code: expect.stringMatching(/^format\/|^source\//),
      })
  })
})
