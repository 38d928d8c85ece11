import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCli } from '../helpers/run-cli.ts'
import { entry, safetensorsBytes } from '../helpers/safetensors-bytes.ts'

const folder = mkdtempSync(join(tmpdir(), 'sdinspect-quantised-'))
const [outs, inputs, group] = [16, 64, 32]

interface Stored {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

function file(name: string, tensors: Readonly<Record<string, Stored>>): string {
  let at = 0
  const header = Object.fromEntries(
    Object.entries(tensors).map(([key, { dtype, shape, bytes }]) => {
      at += bytes.length
      return [key, entry(dtype, [...shape], at - bytes.length, at)]
    }),
  )
  const path = join(folder, name)
  const data = Buffer.concat(Object.values(tensors).map(({ bytes }) => bytes))
  writeFileSync(path, safetensorsBytes({ header, data }))
  return path
}

const bytesOf = ({ buffer }: { readonly buffer: ArrayBufferLike }) => new Uint8Array(buffer)

/** Weights [out, in], as a bell of some width. */
function weights(seed: number): Float32Array {
  let state = seed
  const unit = () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
  return Float32Array.from({ length: outs * inputs }, () => (unit() + unit() + unit() + unit() - 2) / 16)
}

const plain = (values: Float32Array): Record<string, Stored> => ({
  'fc.weight': { dtype: 'F32', shape: [outs, inputs], bytes: bytesOf(values) },
})

/** Rounded to the nearest of 16 steps of its group, packed as GPTQ lays it, and what that stands for. */
function gptq(values: Float32Array) {
  const groups = inputs / group
  const scales = new Float32Array(groups * outs)
  const words = new Uint32Array((inputs / 8) * outs)
  const stands = new Float64Array(values.length)
  for (let out = 0; out < outs; out++)
    for (let g = 0; g < groups; g++) {
      const own = Array.from({ length: group }, (_, i) => values[out * inputs + g * group + i] as number)
      const scale = Math.fround(Math.max(...own.map(Math.abs)) / 7)
      scales[g * outs + out] = scale
      own.forEach((value, i) => {
        const number = Math.round(value / scale) + 8
        const row = g * group + i
        stands[out * inputs + row] = (number - 8) * scale
        const at = (row >> 3) * outs + out
        words[at] = (words[at] as number) | (number << (4 * (row & 7)))
      })
    }
  // Zero points of 8, stored less one.
  const zeros = new Uint32Array((groups * outs) / 8).fill(0x7777_7777)
  const tensors: Record<string, Stored> = {
    'fc.g_idx': {
      dtype: 'I32',
      shape: [inputs],
      bytes: bytesOf(Int32Array.from({ length: inputs }, (_, i) => Math.floor(i / group))),
    },
    'fc.qweight': { dtype: 'I32', shape: [inputs / 8, outs], bytes: bytesOf(words) },
    'fc.qzeros': { dtype: 'I32', shape: [groups, outs / 8], bytes: bytesOf(zeros) },
    'fc.scales': { dtype: 'F32', shape: [groups, outs], bytes: bytesOf(scales) },
  }
  return { tensors, stands, scales }
}

const own = weights(7)
const { tensors, stands, scales } = gptq(own)

async function compared(a: string, b: string) {
  const { out, err } = await runCli(['diff', a, b, '--values', '--json'])
  expect(err).toBe('')
  return JSON.parse(out).valuesCompared
}

/** Of two lists, by the definition. */
function relative(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const sum = (of: (i: number) => number) => Array.from(a, (_, i) => of(i) ** 2).reduce((x, y) => x + y)
  return Math.sqrt(sum((i) => (a[i] as number) - (b[i] as number)) / sum((i) => a[i] as number))
}

const packed = file('gptq.safetensors', tensors)

test('a packed weight is compared with the weight that it is of, whatever it is called, by what it stands for', async () => {
  const { alike, different, notComparable } = await compared(file('plain.safetensors', plain(own)), packed)
  expect({ different, notComparable }).toEqual({ different: [], notComparable: 0 })
  expect(alike).toMatchObject([{ a: 'fc.weight', b: 'fc.qweight', roundedTo: null }])
  const { distance } = alike[0]
  expect(distance.elements).toBe(outs * inputs)
  expect(distance.relativeL2).toBeCloseTo(relative(own, stands), 6)
  // The norm of the steps: each scale is that of a group.
  const steps = Math.sqrt(scales.reduce((sum, scale) => sum + group * scale ** 2, 0))
  const error = relative(own, stands) * Math.sqrt(own.reduce((sum, value) => sum + value ** 2, 0))
  expect(distance.steps).toBeCloseTo(error / steps, 5)
  const { out } = await runCli(['diff', packed, join(folder, 'plain.safetensors'), '--values'])
  expect(out).toContain('the same weights within what quantisation leaves in 1 tensor (relative L2 ')
})

test('what it stands for exactly holds the same numbers', async () => {
  const { alike } = await compared(file('stands.safetensors', plain(Float32Array.from(stands))), packed)
  expect(alike).toEqual([{ a: 'fc.weight', b: 'fc.qweight', roundedTo: null }])
})

test('other weights are different, and so are those of another order', async () => {
  const turned = own.map((_, i) => own[(i % outs) * inputs + Math.floor(i / outs)] as number)
  for (const values of [weights(8), turned]) {
    const { alike, different } = await compared(file('other.safetensors', plain(values)), packed)
    expect(alike).toBeUndefined()
    expect(different).toMatchObject([{ a: 'fc.weight', b: 'fc.qweight' }])
    expect(different[0].distance.relativeL2).toBeGreaterThan(1)
    expect(different[0].distance.steps).toBeGreaterThan(1)
  }
})

test('two that are quantised are compared by what both stand for', async () => {
  const { different, alike } = await compared(
    packed,
    file('gptq-other.safetensors', gptq(weights(9)).tensors),
  )
  expect(alike).toBeUndefined()
  const found = different.find(({ a }: { a: string }) => a === 'fc.qweight')
  expect(found.distance.elements).toBe(outs * inputs)
  expect(found.distance.relativeL2).toBeCloseTo(relative(stands, gptq(weights(9)).stands), 6)
})
