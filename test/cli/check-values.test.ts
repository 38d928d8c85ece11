import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { check } from '../../src/gate.ts'
import { ggufBytes } from '../formats/gguf/gguf-bytes.ts'
import { runCli } from '../helpers/run-cli.ts'
import { entry, safetensorsBytes } from '../helpers/safetensors-bytes.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sdinspect-check-values-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

// biome-ignore lint/suspicious/noExplicitAny: JSON of any shape is changed.
type Part = any

interface Made {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

const bytesOf = (view: ArrayBufferView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
const floats = (shape: readonly number[], values: (index: number) => number): Made => {
  const length = shape.reduce((all, one) => all * one, 1)
  return { dtype: 'F32', shape, bytes: bytesOf(Float32Array.from({ length }, (_, i) => values(i))) }
}
/** The upper halves of F32: exact for the values used here. */
const bf16 = (shape: readonly number[], values: (index: number) => number): Made => {
  const { bytes } = floats(shape, values)
  const halves = new Uint8Array(bytes.length / 2).map((_, i) => bytes[(i >> 1) * 4 + 2 + (i & 1)] as number)
  return { dtype: 'BF16', shape, bytes: halves }
}
const f16Codes = (shape: readonly number[], codes: readonly number[]): Made => ({
  dtype: 'F16',
  shape,
  bytes: bytesOf(Uint16Array.from(codes)),
})
const some = (i: number) => ((i * 37) % 11) / 8 - 0.6171875

function file(tensors: Readonly<Record<string, Made>>): Uint8Array {
  let end = 0
  const header: Record<string, unknown> = {}
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = entry(dtype, shape, end, end + bytes.length)
    end += bytes.length
  }
  const data = new Uint8Array(end)
  let at = 0
  for (const { bytes } of Object.values(tensors)) {
    data.set(bytes, at)
    at += bytes.length
  }
  return safetensorsBytes({ header, data })
}

let number = 0
/** Writes a checkpoint into a folder of its own. */
async function written(tensors: Readonly<Record<string, Made>>, name = 'model.safetensors'): Promise<string> {
  const own = join(folder, String(number++))
  await mkdir(own)
  await writeFile(join(own, name), file(tensors))
  return join(own, name)
}

/** What the rules about values say of a path: rule and tensor. */
async function found(path: string, ...more: string[]) {
  const { code, out, err } = await runCli(['check', path, '--values', '--json', ...more])
  const report = JSON.parse(out)
  const findings = (
    report.findings as { rule: string; level: string; tensor: string; message: string }[]
  ).filter(({ rule }) => /^(values|lora\/untrained|base|zip\/checksum|contents\/index)/.test(rule))
  return { code, err, report, rules: findings.map(({ rule, tensor }) => [rule, tensor]), findings }
}

describe('check --values', () => {
  it('finds a NaN in the last element of the last tensor of a sharded BF16 model', async () => {
    const own = join(folder, 'sharded')
    await mkdir(own)
    const shard = async (name: string, last: number) =>
      writeFile(
        join(own, name),
        file({
          [`layers.${last}.a.weight`]: bf16([16, 64], some),
          [`layers.${last}.b.weight`]: bf16([64, 33], (i) =>
            last === 1 && i === 64 * 33 - 1 ? NaN : some(i),
          ),
        }),
      )
    await shard('model-00001-of-00002.safetensors', 0)
    await shard('model-00002-of-00002.safetensors', 1)
    const names = [0, 1].flatMap((n) => ['a', 'b'].map((leaf) => [`layers.${n}.${leaf}.weight`, n] as const))
    await writeFile(
      join(own, 'model.safetensors.index.json'),
      JSON.stringify({
        metadata: { total_size: 2 * 2 * (16 * 64 + 64 * 33) },
        weight_map: Object.fromEntries(
          names.map(([name, n]) => [name, `model-0000${n + 1}-of-00002.safetensors`]),
        ),
      }),
    )
    const { code, rules, findings, report } = await found(own)
    expect(rules).toEqual([['values/finite', 'layers.1.b.weight']])
    expect(findings[0]?.message).toBe('1 is NaN of the 2112 values of "layers.1.b.weight"')
    expect(code).toBe(1)
    expect(report.summary.coverage).toMatchObject({
      valuesRead: true,
      values: { tensors: 4, tensorsRead: 4, bytes: 12_544, bytesRead: 12_544 },
    })
    expect((await runCli(['check', own])).code).toBe(0)
  })

  it('finds an output layer that config.json ties to an embedding of other values', async () => {
    const tied = async (head: (index: number) => number): Promise<string> => {
      const path = await written({
        'model.embed_tokens.weight': floats([20, 8], some),
        'lm_head.weight': floats([20, 8], head),
      })
      await writeFile(join(path, '../config.json'), JSON.stringify({ tie_word_embeddings: true }))
      return path
    }
    expect(await found(await tied(some))).toMatchObject({ code: 0, rules: [] })
    expect(await found(await tied((i) => some(i) * 2))).toMatchObject({
      code: 1,
      rules: [['values/tied', 'lm_head.weight']],
    })
  })

  it('finds a bit that turned in a file of torch.save, by the checksum that torch ignores', async () => {
    const bytes = await readFile('fixtures/torch/state_dict.pt')
    const path = join(folder, 'flipped.pt')
    await writeFile(path, bytes)
    expect(await found(path)).toMatchObject({ code: 0, rules: [] })
    // The last bytes of the first storage stand before the header of the entry that follows it.
    const entryAt = bytes.indexOf('/data/0FB') > 0 ? bytes.indexOf('/data/0FB') : bytes.indexOf('/data/0')
    const next =
      bytes.indexOf('PK\x03\x04', entryAt) > 0
        ? bytes.indexOf('PK\x03\x04', entryAt)
        : bytes.indexOf('PK\x07\x08', entryAt)
    const descriptor = bytes.lastIndexOf('PK\x07\x08', next)
    const at = (descriptor > entryAt ? descriptor : next) - 1
    bytes[at] = (bytes[at] as number) ^ 1
    await writeFile(path, bytes)
    const { code, rules, findings } = await found(path)
    expect(rules.map(([rule]) => rule)).toEqual(['zip/checksum'])
    expect(findings[0]?.message).toContain('data/0')
    expect(code).toBe(1)
    const without = JSON.parse((await runCli(['check', path, '--json'])).out)
    expect(without.status).toBe('pass')
    expect(without.checkpoints[0].skipped).toContainEqual({
      rule: 'zip/checksum',
      reason: 'the values of tensors are not read',
    })
    expect(without.checkpoints[0].rules).not.toContain('zip/checksum')
  })

  it('says of an archive that was written without checksums that none was compared', async () => {
    const bytes = await readFile('fixtures/torch/state_dict.pt')
    // The field of each header: of a local one and its descriptor, and of the directory (APPNOTE.TXT 4.3).
    for (const [mark, offset] of [
      ['PK\x03\x04', 14],
      ['PK\x07\x08', 4],
      ['PK\x01\x02', 16],
    ] as const)
      for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 4))
        bytes.fill(0, at + offset, at + offset + 4)
    const path = join(folder, 'unsummed.pt')
    await writeFile(path, bytes)
    const reason = '"unsummed.pt" was written without checksums'
    const skippedIn = (out: string) => JSON.parse(out).checkpoints[0].skipped
    expect(skippedIn((await runCli(['check', path, '--values', '--json'])).out)).toEqual([
      { rule: 'zip/checksum', reason },
    ])
    const parts = ['1/2', '2/2'].map((part) => join(folder, `unsummed-${part[0]}.json`))
    for (const [i, part] of parts.entries())
      await runCli(['check', path, '--values', '--part', `${i + 1}/2`, '-o', part])
    expect(skippedIn((await runCli(['merge', ...parts, '--json'])).out)).toEqual([
      { rule: 'zip/checksum', reason },
    ])
  })

  it('finds position indices that a conversion broke, and not sound ones', async () => {
    const places = 'text_model.embeddings.position_ids'
    const whole: Made = {
      dtype: 'I64',
      shape: [1, 8],
      bytes: bytesOf(BigInt64Array.from([0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n])),
    }
    expect((await found(await written({ [places]: whole }))).rules).toEqual([])
    // 0, 1, 2, 3, 4, 5, 6, 7 in F16 (IEEE 754 binary16), then with 2.998 for 3.
    const codes = [0, 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600, 0x4700]
    const float = await found(await written({ [places]: f16Codes([1, 8], codes) }))
    expect(float.rules).toEqual([['contents/index-type', places]])
    const broken = await found(await written({ [places]: f16Codes([1, 8], codes.with(3, 0x41ff)) }))
    expect(broken.rules).toContainEqual(['values/buffers-sane', places])
    expect(broken.findings.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/the value 3 is 2\.998\d* where 3 should be$/),
    )
    expect(broken.code).toBe(1)
  })

  it('takes a mask of minus infinity for what it is', async () => {
    const mask = floats([4, 4], (i) => (i % 4 > i >> 2 ? Number.NEGATIVE_INFINITY : 0))
    expect(
      (await found(await written({ 'attn.mask': mask, 'attn.weight': floats([4, 4], some) }))).rules,
    ).toEqual([])
    const weight = floats([4, 4], (i) => (i === 5 ? Number.POSITIVE_INFINITY : some(i)))
    expect((await found(await written({ 'fc.weight': weight, 'fc.bias': floats([4], some) }))).rules).toEqual(
      [['values/finite', 'fc.weight']],
    )
  })

  it('finds weights of one value, rows of zeros, and an end of zeros in the middle of a row', async () => {
    const { rules, findings } = await found(
      await written({
        'a.bias': floats([64], () => 0),
        'a.weight': floats([64, 16], () => 0),
        'b.bias': floats([40], some),
        'b.weight': floats([40, 16], (i) => (i < 160 ? 0 : some(i))),
        'c.bias': floats([64], some),
        'c.weight': floats([64, 20], (i) => (i < 1_050 ? some(i) || 1 : 0)),
        // Padding: whole rows at the end.
        'd.bias': floats([64], some),
        'd.weight': floats([64, 20], (i) => (i < 1_000 ? some(i) || 1 : 0)),
      }),
    )
    expect(rules).toEqual([
      ['values/not-degenerate', 'c.weight'],
      ['values/not-degenerate', 'a.weight'],
      ['values/not-degenerate', 'b.weight'],
    ])
    expect(findings.map(({ message }) => message)).toEqual([
      'the last 230 of the 1280 values of "c.weight" are zeros, from the middle of a row on',
      'each of the 1024 values of "a.weight" is 0',
      '10 of the 40 rows of "b.weight" are all zeros',
    ])
  })

  it('finds a variance below zero, a counter below zero, and bools that are neither', async () => {
    const norm = {
      'bn.weight': floats([4], some),
      'bn.bias': floats([4], some),
      'bn.running_mean': floats([4], some),
    }
    const { rules } = await found(
      await written({
        ...norm,
        'bn.running_var': floats([4], (i) => (i === 2 ? -0.5 : 1)),
        'bn.num_batches_tracked': { dtype: 'I64', shape: [], bytes: bytesOf(BigInt64Array.of(-1n)) },
        mask: { dtype: 'BOOL', shape: [3], bytes: Uint8Array.of(0, 1, 255) },
      }),
    )
    expect(rules).toEqual([
      ['values/buffers-sane', 'bn.running_var'],
      ['values/buffers-sane', 'bn.num_batches_tracked'],
      ['values/bool', 'mask'],
    ])
  })

  it('finds quantisation scales that are zero, infinite, or of another sign than their layout has', async () => {
    const scaled = (name: string, scale: Made) =>
      written({
        [`${name}.qweight`]: {
          dtype: 'I32',
          shape: [16, 8],
          bytes: bytesOf(Int32Array.from({ length: 128 }, some)),
        },
        [`${name}.qzeros`]: { dtype: 'I32', shape: [1, 1], bytes: bytesOf(Int32Array.of(7)) },
        [`${name}.scales`]: scale,
        [`${name}.g_idx`]: { dtype: 'I32', shape: [128], bytes: new Uint8Array(512) },
      })
    const halves = (last: number) => f16Codes([1, 8], [...Array<number>(7).fill(0x2000), last])
    expect((await found(await scaled('a', halves(0x2100)))).rules).toEqual([])
    const none = await found(await scaled('a', halves(0)))
    expect(none.rules).toEqual([['values/quant-scales', 'a.scales']])
    expect(none.findings[0]).toMatchObject({
      level: 'warning',
      message: '1 of the 8 quantisation scales of "a.scales" are zero: their weights are all 0',
    })
    expect((await found(await scaled('a', halves(0x7c00)))).rules).toEqual([['values/finite', 'a.scales']])
    expect((await found(await scaled('a', halves(0xa000)))).findings).toMatchObject([{ level: 'warning' }])
    // AutoRound gives a symmetric scale the sign of the largest value, and says that it wrote the file.
    const path = await scaled('a', halves(0xa000))
    const settings = { quant_method: 'gptq', bits: 4, group_size: 128, provider: 'auto-round' }
    await writeFile(join(path, '..', 'config.json'), JSON.stringify({ quantization_config: settings }))
    expect((await found(path)).rules).toEqual([])
  })

  it('takes scales of both signs for what they are in MLX, and not in blocks of FP8', async () => {
    const ofBothSigns = floats([128, 2], (i) => (i % 2 === 0 ? 0.25 : -0.25))
    const mlx = {
      'a.weight': { dtype: 'U32', shape: [128, 16], bytes: new Uint8Array(8_192).map((_, i) => i % 251) },
      'a.scales': ofBothSigns,
      'a.biases': floats([128, 2], some),
    }
    expect((await found(await written(mlx))).rules).toEqual([])
    const fp8 = {
      'a.weight': {
        dtype: 'F8_E4M3',
        shape: [256, 256],
        bytes: new Uint8Array(65_536).map((_, i) => i % 64),
      },
      'a.weight_scale_inv': floats([2, 2], (i) => (i === 1 ? -0.5 : 0.5)),
    }
    const { rules, findings } = await found(await written(fp8))
    expect(rules).toEqual([['values/quant-scales', 'a.weight_scale_inv']])
    expect(findings[0]).toMatchObject({ level: 'error' })
  })

  it('takes an infinite mean of a batch norm for no mask', async () => {
    const norm = {
      'bn.weight': floats([4], some),
      'bn.bias': floats([4], some),
      'bn.running_mean': floats([4], (i) => (i === 2 ? Number.POSITIVE_INFINITY : 1)),
      'bn.running_var': floats([4], () => 1),
    }
    expect((await found(await written(norm))).rules).toEqual([['values/finite', 'bn.running_mean']])
  })

  it('says how many LoRA updates are zeros', async () => {
    const { rules, findings } = await found('fixtures/lora')
    expect(rules.map(([rule]) => rule)).toEqual(['lora/untrained'])
    expect(findings[0]?.message).toMatch(/^4 of the 4 LoRA updates are all zeros/)
    // How much was read is part of the verdict, with warnings too.
    expect((await runCli(['check', 'fixtures/lora', '--values'])).out).toMatch(
      /passed with 1 warning .* values of \d+\/\d+ tensors, [\d.]+ kB, complete\n$/,
    )
  })

  it('has no verdict where values cannot be read', async () => {
    // A type of 2024 that ggml reads no more.
    const path = join(folder, 'retired.gguf')
    await writeFile(path, ggufBytes({ tensors: [{ name: 'w', dimensions: [64], type: 31 }], data: 36 }))
    const { code, err, report } = await found(path)
    expect(code).toBe(2)
    expect(err).toContain('its values are packed as Q4_0_4_4, which is not decoded')
    expect(report.summary.coverage.valuesRead).toBe(false)
  })

  it('is asked for by a policy too, and by a program', async () => {
    const path = await written({ 'fc.weight': floats([8, 8], (i) => (i === 63 ? NaN : some(i))) })
    const policy = join(folder, 'values.yaml')
    await writeFile(policy, 'version: 1\nvalues: true\n')
    expect((await runCli(['check', path, '--config', policy])).code).toBe(1)
    expect((await check([path], { values: true })).status).toBe('fail')
    expect((await check([path])).status).toBe('pass')
  })

  it('says at the end how much of the values it has read', async () => {
    const path = await written({ 'fc.weight': floats([8, 8], some) })
    expect((await runCli(['check', path, '--values'])).out).toMatch(
      /values of 1\/1 tensor, 256 bytes, complete\n$/,
    )
  })
})

describe('check --base', () => {
  const base = { 'a.weight': floats([8, 8], some), 'head.weight': floats([4, 8], some) }
  const moved = (made: Made): Made => ({
    ...made,
    bytes: made.bytes.map((byte, i) => (i === 2 ? byte ^ 1 : byte)),
  })

  it('finds a frozen tensor that changed', async () => {
    const path = await written({
      ...base,
      'a.weight': moved(base['a.weight']),
      'head.weight': moved(base['head.weight']),
    })
    const { code, rules } = await found(path, '--base', await written(base), '--frozen', 'a.*')
    expect(rules).toEqual([['base/frozen-unchanged', 'a.weight']])
    expect(code).toBe(1)
  })

  it('finds a trained tensor that did not', async () => {
    const path = await written({ ...base, 'head.weight': moved(base['head.weight']) })
    const on = await found(path, '--base', await written(base), '--trainable', '**')
    expect(on.rules).toEqual([['base/trained-changed', 'a.weight']])
    // Not known to train, and some of it did.
    expect((await found(path, '--base', await written(base))).rules).toEqual([])
    expect((await found(await written(base), '--base', await written(base))).rules).toEqual([
      ['base/trained-changed', 'a.weight'],
    ])
  })
})

describe('rules that are off unless asked for', () => {
  it.each([
    ['values/range', { 'a.weight': floats([4, 4], (i) => (i === 3 ? 70_000 : some(i))) }, 'a.weight'],
    [
      'values/outlier',
      Object.fromEntries(
        Array.from({ length: 8 }, (_, n) => [
          `layers.${n}.fc.weight`,
          floats([8, 8], (i) => some(i) * (n === 5 ? 100 : 1)),
        ]),
      ),
      'layers.5.fc.weight',
    ],
    ['values/dtype-roundtrip', { 'a.weight': floats([4, 4], (i) => some(i)) }, null],
  ])('%s', async (rule, tensors, tensor) => {
    const path = await written(tensors)
    expect((await found(path)).rules).toEqual([])
    expect((await found(path, '--rule', `${rule}=error`)).rules).toEqual([[rule, tensor]])
  })
})

describe('check --sample', () => {
  const large = (bad: (values: Float32Array) => void): Made => {
    const values = new Float32Array(2_000_000).map((_, i) => some(i))
    bad(values)
    return { dtype: 'F32', shape: [1_000, 2_000], bytes: bytesOf(values) }
  }
  const sampled = async (path: string, ...more: string[]) => {
    const { code, out } = await runCli(['check', path, '--sample', '--json', ...more])
    return { code, report: JSON.parse(out) }
  }

  it('says that it sampled, and never that all is well', async () => {
    const path = await written({ 'a.weight': large(() => {}), 'b.weight': floats([4, 4], some) })
    const { code, out } = await runCli(['check', path, '--sample'])
    expect(code).toBe(0)
    expect(out).not.toMatch(/[✔√]/)
    expect(out).toMatch(/a sample passed: no findings in 1 checkpoint.*values sampled: 988 kB of 8\.00 MB/s)
    const { report } = await sampled(path)
    expect(report.summary.coverage).toMatchObject({
      valuesRead: false,
      values: { sampled: true, tensors: 2, tensorsRead: 2, bytes: 8_000_064 },
    })
    expect(report.summary.coverage.values.bytesRead).toBeLessThan(1_100_000)
    const several = await runCli(['check', path, 'fixtures/cnn.safetensors', '--sample'])
    expect(several.out).not.toMatch(/[✔√]/)
    const markdown = await runCli(['check', path, '--sample', '-f', 'md'])
    expect(markdown.out).not.toContain('✅')
  })

  it('finds what is wrong in the first and last values, and claims nothing of all', async () => {
    const last = await sampled(
      await written({ a: large((values) => values.set([Number.NaN], values.length - 1)) }),
    )
    expect(last.code).toBe(1)
    expect(last.report.findings).toMatchObject([{ rule: 'values/finite', tensor: 'a' }])
    // Zero where the sample looks, and only there would be no tail.
    const zeros = await sampled(await written({ a: large((values) => values.fill(0, 1_900_000)) }))
    expect(zeros.report.findings).toEqual([])
    expect(zeros.report.checkpoints[0].skipped).toContainEqual({
      rule: 'values/not-degenerate',
      reason: 'only a sample of the values was read',
    })
    expect(zeros.report.checkpoints[0].rules).toContain('values/finite')
    // What is small was read whole.
    const small = await sampled(await written({ 'a.weight': floats([64, 64], () => 0), b: large(() => {}) }))
    expect(small.report.findings).toMatchObject([{ rule: 'values/not-degenerate', tensor: 'a.weight' }])
  })

  it('gives no verdict where a rule was asked for that needs all of them', async () => {
    const path = await written({ a: large(() => {}) })
    const { code, report } = await sampled(path, '--rule', 'values/not-degenerate=error')
    expect(code).toBe(2)
    expect(report.checkpoints[0].error.message).toContain('only a sample of the values was read')
    expect((await runCli(['check', path, '--sample', '--values'])).code).toBe(2)
  })
})

describe('check --part and merge', () => {
  const parted = async (of: number, path: string): Promise<string[]> => {
    const files = Array.from({ length: of }, (_, i) => join(folder, `check-part-${number++}-${i}.json`))
    for (const [i, file] of files.entries())
      expect((await runCli(['check', path, '--part', `${i + 1}/${of}`, '-o', file])).code).toBe(0)
    return files
  }

  it('come to the bytes of one run, wherever tensors and rows are cut', async () => {
    const path = await written({
      'a.weight': floats([300, 100], (i) => (i >= 20_000 ? 0 : some(i))),
      'b.weight': floats([50, 1_001], (i) => (i === 50_049 ? Number.NaN : some(i))),
      'c.weight': floats([64, 2_000], (i) => (Math.floor(i / 2_000) % 2 ? 0 : some(i))),
      'emb.position_ids': floats([1, 20_000], (i) => (i === 19_000 ? 7 : i)),
    })
    for (const [of, given] of [
      [1, path],
      [4, path],
      [9, path],
      [3, 'fixtures/torch/ddp.pt'],
      [3, 'fixtures/bart-sharded'],
    ] as const) {
      const files = await parted(of, given)
      for (const format of ['json', 'text', 'md']) {
        const whole = await runCli(['check', given, '--values', '-f', format])
        const merged = await runCli(['merge', ...files.toReversed(), '-f', format])
        expect({ of, given, ...merged }).toEqual({ of, given, ...whole })
      }
    }
    const { out } = await runCli(['merge', ...(await parted(5, path)), '--json'])
    const rules = JSON.parse(out).findings.map(({ rule }: { rule: string }) => rule)
    expect(rules).toContain('values/finite')
    expect(rules).toContain('values/not-degenerate')
  })

  it('refuses parts that are missing, twice or of files that changed', async () => {
    const path = await written({ a: floats([100, 100], some) })
    const files = await parted(3, path)
    const [first = '', second = '', third = ''] = files
    expect((await runCli(['merge', first, third])).err).toContain('part 2 of 3 is missing')
    expect((await runCli(['merge', first, second, second])).err).toContain('there twice')
    const other = await parted(3, await written({ a: floats([100, 100], some) }))
    expect((await runCli(['merge', first, second, other[2] as string])).code).toBe(2)
    await writeFile(path, file({ a: floats([100, 101], some) }))
    const { code, out } = await runCli(['merge', ...files, '--json'])
    expect(code).toBe(2)
    expect(JSON.parse(out).checkpoints[0].error.message).toContain('not those that the parts were read from')
    expect((await runCli(['check', path, '--part', '1/2', '--sample'])).code).toBe(2)
  })

  it('refuses parts of another file of the same shape, among each other and beside the file', async () => {
    const path = await written({ a: floats([100, 100], some) })
    const files = await parted(2, path)
    await writeFile(path, file({ a: floats([100, 100], (i) => some(i) + 1) }))
    const others = await parted(2, path)
    const mixed = await runCli(['merge', others[0] as string, files[1] as string])
    expect([mixed.code, mixed.err]).toEqual([2, expect.stringContaining('hold other values')])
    expect((await runCli(['merge', ...others, '--json'])).code).toBe(0)
    const { code, out } = await runCli(['merge', ...files, '--json'])
    expect(code).toBe(2)
    expect(JSON.parse(out).checkpoints[0].error.code).toBe('source/changed')
  })

  it('refuses a part whose pieces are not as they were written', async () => {
    const files = await parted(2, await written({ a: floats([100, 100], some) }))
    const text = await readFile(files[0] as string, 'utf8')
    for (const change of [
      (part: Part) => Object.assign(part, { paths: [7] }),
      (part: Part) => Object.assign(part.part, { of: 1e9 }),
      (part: Part) => Object.assign(part.checkpoints[0].reading, { badEntries: [{}] }),
      (part: Part) => part.checkpoints[0].reading.stateDicts[0].looks.pop(),
      (part: Part) =>
        Object.assign(part.checkpoints[0].reading.stateDicts[0].looks[0].zeros, { zeroRows: -1 }),
      (part: Part) =>
        Object.assign(part.checkpoints[0].reading.stateDicts[0].looks[0].zeros, { lastEnd: 1e9 }),
      (part: Part) => Object.assign(part.checkpoints[0].reading.stateDicts[0].statistics.part, { index: 2 }),
    ]) {
      const part = JSON.parse(text)
      change(part)
      await writeFile(files[0] as string, JSON.stringify(part))
      const { code, err } = await runCli(['merge', ...files])
      expect([change.toString(), code, err]).toEqual([
        change.toString(),
        2,
        expect.not.stringContaining('bug'),
      ])
    }
  })
})
