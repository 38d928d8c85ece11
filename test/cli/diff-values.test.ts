import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, describe, expect, test } from 'vitest'
import { packedFixture } from '../helpers/packed-fixture.ts'
import { closed } from '../helpers/report-schema.ts'
import { runCli } from '../helpers/run-cli.ts'
import { entry, safetensorsBytes } from '../helpers/safetensors-bytes.ts'

const values = packedFixture('fixtures/values.json')
const folder = mkdtempSync(join(tmpdir(), 'sdinspect-diff-values-'))
afterAll(() => rmSync(folder, { recursive: true }))

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
const validate = ajv.compile(
  closed(JSON.parse(readFileSync(new URL('../../schema/diff.v1.json', import.meta.url), 'utf8'))) as object,
)

const pt = 'fixtures/values/same.pt'
const safetensors = 'fixtures/values/same.safetensors'

/** The same file with one bit of its last value flipped: of the tensor that is last in the data. */
function flipped(): string {
  const bytes = readFileSync(safetensors)
  const at = bytes.length - 1
  bytes[at] = (bytes[at] as number) ^ 1
  const path = join(folder, 'flipped.safetensors')
  writeFileSync(path, bytes)
  return path
}

describe('diff --values', () => {
  test('says that values are the same, whatever the formats', async () => {
    const { code, out } = await runCli([
      'diff',
      pt,
      safetensors,
      '--values',
      '--keep',
      'linear.*',
      '--exit-code',
    ])
    expect(out).toContain('the same values in 1 tensor')
    expect(out).not.toContain('Values were not read')
    expect(code).toBe(0)
  })

  test('names the tensor in which one bit is another', async () => {
    const { code, out } = await runCli(['diff', safetensors, flipped(), '--values', '--exit-code'])
    expect(out).toMatch(/other values in 1 tensor, the same in 7\n {2}~ \S+/)
    expect(code).toBe(1)
    const { out: json } = await runCli(['diff', safetensors, flipped(), '--values', '--json'])
    const { same, valuesCompared } = JSON.parse(json)
    expect(same).toBe(false)
    expect(valuesCompared).toMatchObject({ same: 7, notComparable: 0 })
    expect(valuesCompared.different).toHaveLength(1)
    expect((await runCli(['diff', safetensors, flipped(), '--exit-code'])).code).toBe(0)
  })

  test('says first that a value is no number any more', async () => {
    const [good, bad] = [join(folder, 'finite.safetensors'), join(folder, 'nan.safetensors')]
    const weight = Float32Array.of(1, 2, 3, 4)
    const header = { w: entry('F32', [4], 0, 16) }
    const file = () => safetensorsBytes({ header, data: new Uint8Array(weight.buffer) })
    writeFileSync(good, file())
    weight[2] = Number.NaN
    writeFileSync(bad, file())
    const { out } = await runCli(['diff', good, bad, '--values'])
    expect(out).toContain('w  1 NaN or infinite on one side alone, all others the same')
    weight[0] = 2
    writeFileSync(bad, file())
    expect((await runCli(['diff', good, bad, '--values'])).out).toMatch(
      /w {2}1 NaN or infinite on one side alone, of the others relative L2 \S+, largest difference 1,/,
    )
  })

  test('compares renamed tensors, and tells those of another type or shape apart', async () => {
    const { out } = await runCli([
      'diff',
      'fixtures/torch/state_dict.pt',
      'fixtures/torch/module.pt',
      '--values',
      '--json',
    ])
    expect(JSON.parse(out).valuesCompared).toEqual({ same: 32, different: [], notComparable: 0 })
    const other = await runCli([
      'diff',
      'fixtures/torch/state_dict.pt',
      'fixtures/torch/ddp.pt',
      '--values',
      '--json',
    ])
    const { valuesCompared, matched } = JSON.parse(other.out)
    expect(valuesCompared.same + valuesCompared.different.length + valuesCompared.notComparable).toBe(matched)
  })

  describe('tells in one line', () => {
    const floats = (length: number, at: (index: number) => number) =>
      new Uint8Array(Float32Array.from({ length }, (_, i) => at(i)).buffer)
    const numbers = (length: number, seed: number) => floats(length, (i) => Math.sin(seed * 100 + i * 1.37))
    /** Rounded by hand: to nearest, ties to even, of F32 bits. */
    const toBf16 = (bytes: Uint8Array): Uint8Array => {
      const words = new Uint32Array(bytes.slice().buffer)
      return new Uint8Array(
        Uint16Array.from(words, (word) => (word + 0x7fff + ((word >>> 16) & 1)) >>> 16).buffer,
      )
    }
    type Tensors = Record<string, { dtype?: string; shape: number[]; bytes: Uint8Array }>
    const model = (): Tensors => {
      const made: Tensors = { 'model.embed.weight': { shape: [4, 3], bytes: numbers(12, 1) } }
      for (const i of [0, 1, 2]) {
        for (const [j, name] of ['q_proj', 'k_proj', 'v_proj'].entries())
          made[`model.layers.${i}.attn.${name}.weight`] = { shape: [3, 3], bytes: numbers(9, 10 * i + j + 2) }
        made[`model.layers.${i}.norm.weight`] = { shape: [3], bytes: floats(3, () => 1) }
      }
      made['lm_head.weight'] = { shape: [4, 3], bytes: numbers(12, 99) }
      return made
    }
    let count = 0
    const file = (tensors: Tensors): string => {
      let at = 0
      const header = Object.fromEntries(
        Object.entries(tensors).map(([name, { dtype = 'F32', shape, bytes }]) => {
          at += bytes.length
          return [name, entry(dtype, shape, at - bytes.length, at)]
        }),
      )
      const data = Buffer.concat(Object.values(tensors).map(({ bytes }) => bytes))
      const path = join(folder, `${count++}.safetensors`)
      writeFileSync(path, safetensorsBytes({ header, data }))
      return path
    }
    const changed = (names: RegExp): Tensors =>
      Object.fromEntries(
        Object.entries(model()).map(([name, one]) => [
          name,
          names.test(name) ? { ...one, bytes: numbers(one.bytes.length / 4, 500) } : one,
        ]),
      )
    const told = async (a: Tensors, b: Tensors) => {
      const paths = [file(a), file(b)]
      const { out } = await runCli(['diff', ...paths, '--values', '--json'])
      const answer = JSON.parse(out)
      expect(validate(answer), ajv.errorsText(validate.errors)).toBe(true)
      return { values: answer.valuesCompared, text: (await runCli(['diff', ...paths, '--values'])).out }
    }

    test('that only the head changed', async () => {
      const { values, text } = await told(model(), changed(/^lm_head/))
      expect(values.summary).toEqual({
        what: 'one part',
        module: 'lm_head',
        isHead: true,
        tensors: 1,
        same: 13,
      })
      expect(text).toContain('only the head changed, lm_head: 1 tensor; the other 13 are bit-equal')
      expect((await told(model(), changed(/layers.1/))).text).toContain('only model.layers.1 changed')
      expect((await told(model(), changed(/head|embed/))).values.summary).toBeUndefined()
    })

    test('that the targets of an adapter changed in all blocks', async () => {
      const { values, text } = await told(model(), changed(/[qv]_proj/))
      expect(values.summary).toEqual({
        what: 'targets',
        layers: ['q_proj', 'v_proj'],
        blocks: 3,
        tensors: 6,
        same: 8,
      })
      expect(text).toMatch(/^q_proj, v_proj changed in all 3 blocks, .*the other 8 tensors are bit-equal$/m)
      expect(text).toMatch(/~ model\.layers\.\{0\.\.2\}\.attn\.q_proj\.weight {2}×3 {2}relative L2/)
      // One block was left out; nothing in the blocks was left as it was.
      expect((await told(model(), changed(/[01]\.attn\.[qv]_proj/))).values.summary.what).toBe('one part')
      expect((await told(model(), changed(/layers/))).values.summary.what).toBe('one part')
    })

    test('that the order, the names or the type alone are others', async () => {
      const reversed = Object.fromEntries(Object.entries(model()).reverse())
      expect((await told(model(), reversed)).text).toContain('same weights, other order: 14 tensors')
      expect((await told(model(), model())).values.summary).toBeUndefined()
      const rounded = Object.fromEntries(
        Object.entries(model()).map(([name, { shape, bytes }]) => [
          name,
          { dtype: 'BF16', shape, bytes: toBf16(bytes) },
        ]),
      )
      const { values, text } = await told(model(), rounded)
      expect(values.summary).toEqual({ what: 'rounded', to: 'BF16', tensors: 11, equal: 3 })
      expect(values.different).toEqual([])
      expect(text).toContain('equal after rounding to BF16: 11 tensors; the other 3 hold the same numbers')
      const one = rounded['lm_head.weight'] as { bytes: Uint8Array }
      one.bytes[0] = (one.bytes[0] as number) ^ 1
      const other = await told(model(), rounded)
      expect(other.values.summary).toBeUndefined()
      expect(other.values.different).toMatchObject([{ a: 'lm_head.weight', distance: { elements: 12 } }])
    })

    test('nothing of a transposed tensor but that it holds the same numbers', async () => {
      const transposed = model()
      const source = new Float32Array(numbers(12, 99).buffer)
      transposed['lm_head.weight'] = {
        shape: [3, 4],
        bytes: floats(12, (i) => source[(i % 4) * 3 + Math.floor(i / 4)] as number),
      }
      const { values } = await told(model(), transposed)
      expect(values).toEqual({
        same: 13,
        different: [],
        notComparable: 0,
        alike: [{ a: 'lm_head.weight', b: 'lm_head.weight', roundedTo: null }],
      })
    })
  })

  test('gives no verdict where one side has no values', async () => {
    const { code, out, err } = await runCli(['diff', 'fixtures/manifest.json', values, '--values'])
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(err).toContain('which only describes it')
  })
})
