import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { open } from '../../src/node.ts'
import { packedFixture } from '../helpers/packed-fixture.ts'
import { runCli } from '../helpers/run-cli.ts'
import { entry, safetensorsBytes } from '../helpers/safetensors-bytes.ts'

// What torch, transformers, bitsandbytes, compressed-tensors and NumPy make of it: fixtures/generate/dequantised.py.
const {
  'gptq.qweight, gptq_v2': secondGptq,
  ...expected
}: Record<string, Record<string, number>> = JSON.parse(
  readFileSync('fixtures/dequantised/expected.json', 'utf8'),
)
const file = packedFixture('fixtures/dequantised/weights.safetensors')

async function statisticsOf(path: string) {
  const opened = await open(path)
  try {
    return await opened.statistics({ dequantised: true })
  } finally {
    await opened.close()
  }
}

const { tensors: found, coverage } = await statisticsOf(file)
// Of MLX the configuration says which of several widths it is.
const configured = packedFixture('fixtures/dequantised/weights.safetensors')
writeFileSync(join(dirname(configured), 'config.json'), '{"quantization": {"group_size": 32, "bits": 4}}')
const mlx = await statisticsOf(configured)
const tensors = [...found, ...mlx.tensors.filter(({ name }) => name.startsWith('mlx.'))]

// What hqq, optimum-quanto, torchao and mlx make of them: fixtures/generate/dequantised_libraries.py.
const libraries: Record<string, Record<string, number>> = JSON.parse(
  readFileSync('fixtures/dequantised/libraries.json', 'utf8'),
)
const ofLibraries = await statisticsOf(packedFixture('fixtures/dequantised/libraries.safetensors'))

// What compressed-tensors makes of them: fixtures/generate/dequantised_integers.py.
const {
  'pack3_open.weight_packed': _,
  ...integers
}: Record<string, Record<string, number>> = JSON.parse(
  readFileSync('fixtures/dequantised/integers.json', 'utf8'),
)
const ofIntegers = await statisticsOf('fixtures/dequantised/integers.safetensors')

/** Holds statistics of values that were worked out to those of the library's. */
function expectWorkedOut(
  found:
    | { readonly values: Record<'elements' | 'zeros' | 'min' | 'max' | 'mean' | 'std', unknown> | null }
    | undefined,
  reference: Record<string, number>,
): void {
  const { elements, zeros, min, max, mean, std } = found?.values ?? {}
  expect({ elements, zeros, min, max }).toEqual({
    elements: reference.elements,
    zeros: reference.zeros,
    min: reference.min,
    max: reference.max,
  })
  expect(mean).toBeCloseTo(reference.mean as number, 12)
  expect(std).toBeCloseTo(reference.std as number, 12)
}

it.each([...Object.entries(libraries), ...Object.entries(integers)])(
  '%s comes to what its library makes of it',
  (name, reference) => {
    const all = [...ofLibraries.tensors, ...ofIntegers.tensors]
    const found = all.find((one) => one.name === name && one.part === 'dequantised')
    expectWorkedOut(found, reference)
  },
)

// `qdata.float() * scale.float()` of torch 2.15 and torchao 0.18, which `dequantize()` rounds to BF16.
it.each([
  ['int8', { elements: 2048, zeros: 11, min: -0.125, max: 0.12499237060546875 }, 0.000502999871969223],
  ['float8', { elements: 2048, zeros: 0, min: -0.124755859375, max: 0.124755859375 }, 0.001587729639140889],
])('a pickled subclass of torchao, %s, comes to what it stands for', async (kind, exact, mean) => {
  const path = `fixtures/torch/representations/torchao-${kind}.pt`
  const { coverage, tensors } = await statisticsOf(path)
  expect(coverage.state).toBe('complete')
  const found = tensors.find(({ name, part }) => name === '0.weight' && part === 'dequantised')
  expect(found).toMatchObject({ dtype: 'F32', shape: [32, 64], values: exact })
  expect(found?.values.mean).toBeCloseTo(mean, 12)
  // Its file holds other weights of the same shape.
  const other = ['diff', '--values', '--json', path, 'fixtures/torch/representations/torchao-int8-dynamic.pt']
  const { different, notComparable } = JSON.parse((await runCli(other)).out).valuesCompared
  expect(notComparable).toBe(0)
  const { distance } = different.find(({ a }: { a: string }) => a === '0.weight')
  expect(distance.relativeL2).toBeGreaterThan(1)
  expect(distance.steps).toBeGreaterThan(1)
})

it('a subclass and the dense weight that it stands for hold the same numbers', async () => {
  const path = 'fixtures/torch/representations/torchao-int8.pt'
  const opened = await open(path)
  const parts: Float32Array[] = []
  for (const part of ['qdata', 'scale'])
    for await (const { view } of opened.values('0.weight', { part }))
      parts.push(Float32Array.from(view as Int8Array))
  await opened.close()
  const [numbers, scales] = parts as [Float32Array, Float32Array]
  const dense = numbers.map((number, i) => number * (scales[Math.floor(i / 64)] as number))
  const folder = mkdtempSync(join(tmpdir(), 'sdinspect-subclass-'))
  const plain = join(folder, 'dense.safetensors')
  const header = { '0.weight': entry('F32', [32, 64], 0, dense.byteLength) }
  writeFileSync(plain, safetensorsBytes({ header, data: Buffer.from(dense.buffer) }))
  const { out } = await runCli(['diff', '--values', '--json', plain, path])
  rmSync(folder, { recursive: true })
  expect(JSON.parse(out).valuesCompared).toMatchObject({
    alike: [{ a: '0.weight', b: '0.weight', roundedTo: null }],
    different: [],
  })
})

it('what cannot be worked out is said not to be', () => {
  expect(ofLibraries.coverage).toMatchObject({ state: 'complete', uncovered: [] })
  const { state, uncovered } = ofIntegers.coverage
  expect(state).toBe('partial')
  // Four words hold 40 numbers of 3 bits in either version's way.
  expect(uncovered.map(({ name }) => name)).toEqual(['pack3_open.weight_packed'])
})

describe('packed weights, worked out', () => {
  it.each(Object.entries(expected))('%s come to what the library makes of them', (name, reference) => {
    const found = tensors.find((one) => one.name === name && one.part === 'dequantised')
    expectWorkedOut(found, reference)
    expect(found?.dtype).toBe('F32')
  })

  it('cover every packed weight of the file but those whose width nobody says', () => {
    expect(coverage).toMatchObject({ state: 'partial', uncovered: [{ name: 'mlx.weight' }] })
    expect(coverage.uncovered[0]?.reason).toBe('how MLX is worked out is not known for it')
    expect(tensors.filter(({ part }) => part === 'dequantised')).toHaveLength(Object.keys(expected).length)
  })

  it('take zero points of GPTQ as they are where its second format says so', async () => {
    const second = packedFixture('fixtures/dequantised/weights.safetensors')
    const config = { quant_method: 'gptq', bits: 4, group_size: 32, checkpoint_format: 'gptq_v2' }
    writeFileSync(join(dirname(second), 'config.json'), JSON.stringify({ quantization_config: config }))
    const found = (await statisticsOf(second)).tensors.find(
      ({ name, part }) => name === 'gptq.qweight' && part === 'dequantised',
    )
    const { mean, min, max, zeros } = found?.values ?? {}
    expect({ min, max, zeros }).toEqual({
      min: secondGptq?.min,
      max: secondGptq?.max,
      zeros: secondGptq?.zeros,
    })
    expect(mean).toBeCloseTo(secondGptq?.mean as number, 12)
    writeFileSync(
      join(dirname(second), 'config.json'),
      JSON.stringify({ quantization_config: { ...config, checkpoint_format: 'marlin' } }),
    )
    const { coverage: other } = await statisticsOf(second)
    expect(other.uncovered.map(({ name }) => name)).toContain('gptq.qweight')
  })

  it('stand beside what is stored, and are of whole files', async () => {
    const { out } = await runCli(['stats', file, '--dequantised', '--json', '-k', 'gptq.*'])
    const report = JSON.parse(out)
    expect(report.coverage.state).toBe('complete')
    expect(report.tensors.filter(({ name }: { name: string }) => name === 'gptq.qweight')).toMatchObject([
      { dtype: 'I32', shape: [16, 24] },
      { dtype: 'F32', part: 'dequantised', values: { elements: 128 * 24 } },
    ])
  })

  it('come to the same in parts, which cut them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sdinspect-parts-'))
    const parts = await Promise.all(
      [1, 2, 3, 4, 5].map(async (part) => {
        const path = join(folder, `part-${part}.json`)
        const argv = ['stats', file, '--dequantised', '--part', `${part}/5`, '-o', path]
        expect((await runCli(argv)).code).toBe(0)
        return path
      }),
    )
    const cut = parts.flatMap((path) => JSON.parse(readFileSync(path, 'utf8')).slices)
    expect(cut.filter(({ from }) => from > 0).length).toBeGreaterThan(0)
    const whole = await runCli(['stats', file, '--dequantised', '--json'])
    expect((await runCli(['merge', ...parts, '--json'])).out).toBe(whole.out)
    rmSync(folder, { recursive: true })
  })
})
