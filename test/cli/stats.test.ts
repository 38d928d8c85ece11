import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, describe, expect, test } from 'vitest'
import { packedFixture } from '../helpers/packed-fixture.ts'
import { closed } from '../helpers/report-schema.ts'
import { runCli } from '../helpers/run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'sdinspect-stats-'))
afterAll(() => rmSync(folder, { recursive: true }))

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
const isAnswer = ajv.compile(
  closed(JSON.parse(readFileSync(new URL('../../schema/stats.v1.json', import.meta.url), 'utf8'))) as object,
)
const cases = packedFixture('fixtures/statistics/cases.safetensors')

describe('stats', () => {
  test('shows of complex values, which have no order, the largest modulus', async () => {
    const { absMax } = JSON.parse(readFileSync('fixtures/statistics/complex.json', 'utf8')).c128
    const { out } = await runCli(['stats', 'fixtures/statistics/complex.pt', '-k', 'c128', '-f', 'text'], {
      columns: 120,
    })
    expect(out).toContain(`|z| ${Number(absMax.toPrecision(4))}`)
  })

  test('answers as its schema says, one and several, records and errors', async () => {
    for (const argv of [
      [cases],
      ['fixtures/statistics/complex.pt'],
      ['fixtures/cnn.safetensors', cases],
      ['fixtures/none.pt', cases],
    ]) {
      const { out } = await runCli(['stats', ...argv, '--json'])
      expect(isAnswer(JSON.parse(out)), ajv.errorsText(isAnswer.errors)).toBe(true)
    }
    const { out } = await runCli(['stats', cases, '-f', 'ndjson'])
    for (const line of out.trim().split('\n'))
      expect(isAnswer(JSON.parse(line)), ajv.errorsText(isAnswer.errors)).toBe(true)
  })

  test('keeps 64-bit integers exact in JSON', async () => {
    const { out } = await runCli(['stats', cases, '--json', '-k', 'i64.edges'])
    const [tensor] = JSON.parse(out).tensors
    expect(tensor.values).toMatchObject({
      min: '-9223372036854775808',
      max: '9223372036854775807',
      absMax: '9223372036854775808',
    })
  })

  test('says above the lines of a pipe what each field is, as CSV does', async () => {
    for (const argv of [[cases], [cases, 'fixtures/cnn.safetensors']]) {
      const [piped, csv] = await Promise.all([
        runCli(['stats', ...argv]),
        runCli(['stats', ...argv, '-f', 'csv']),
      ])
      const [titles = '', ...lines] = piped.out.replace(/\n$/, '').split('\n')
      expect(titles.split('\t')).toEqual(csv.out.split('\r\n')[0]?.split(','))
      for (const line of lines) expect(line.split('\t').length).toBe(titles.split('\t').length)
    }
  })

  test('sorts by what stands out', async () => {
    const first = async (order: string) =>
      (await runCli(['stats', cases, '-k', 'f32.*', '--sort', order])).out.split('\n')[1]?.split('\t')[0]
    expect(await first('nan')).toBe('f32.nan')
    expect(await first('absmax')).toBe('f32.wide')
    expect(await first('std')).toBe('f32.wide')
    expect(await first('sparsity')).toBe('f32.zeros')
    expect(await first('name')).toBe('f32.mixed')
  })

  test('says what it did not read, and that this is not all', async () => {
    const { code, out } = await runCli(['stats', 'fixtures/manifest.json'], { columns: 100 })
    expect(code).toBe(0)
    expect(out).toContain('PARTIAL  0/')
    expect(out).toContain('its values are not in this file')
  })

  test('reads the values of nested tensors once', async () => {
    const { out } = await runCli(['stats', 'fixtures/torch/representations/nested.pt', '--json'])
    const { tensors, coverage } = JSON.parse(out) as {
      tensors: { part?: string; bytes: number }[]
      coverage: object
    }
    const parts = tensors.flatMap(({ part }) => part ?? [])
    expect(parts).not.toContain('values')
    expect(parts.length).toBeGreaterThan(1)
    expect(coverage).toMatchObject({
      state: 'complete',
      bytesRead: tensors.reduce((sum, { bytes }) => sum + bytes, 0),
    })
  })

  test.each(['text', 'csv', 'ndjson'])('says so beside rows too: %s', async (format) => {
    const { code, err } = await runCli(['stats', 'fixtures/manifest.json', '-f', format])
    expect(code).toBe(0)
    expect(err).toMatch(/PARTIAL {2}0\/.*its values are not in this file/)
    expect((await runCli(['stats', cases, '-f', format])).err).toBe('')
  })

  test('answers for the other tensors where one cannot be read, with the exit code of the reason', async () => {
    const header = JSON.stringify({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } })
    const index = {
      weight_map: { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' },
    }
    const file = (text: string, values: Uint8Array) =>
      Buffer.concat([Buffer.from(BigUint64Array.of(BigInt(text.length)).buffer), Buffer.from(text), values])
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify(index))
    writeFileSync(join(folder, 'model-00001-of-00002.safetensors'), file(header, new Uint8Array(8)))
    writeFileSync(
      join(folder, 'model-00002-of-00002.safetensors'),
      file(header.replace('"a"', '"b"'), new Uint8Array(8)),
    )
    const whole = await runCli(['stats', folder, '--json'])
    expect([whole.code, JSON.parse(whole.out).coverage.state]).toEqual([0, 'complete'])
  })

  test('reads a tied tensor once and counts it once', async () => {
    const { out } = await runCli(['stats', 'fixtures/values/same.pt', '--json'])
    const { tensors, coverage, modules } = JSON.parse(out)
    const tied = tensors.find(({ tiedTo }: { tiedTo: string | null }) => tiedTo !== null)
    const first = tensors.find(({ name }: { name: string }) => name === tied.tiedTo)
    expect(tied.values).toEqual(first.values)
    expect(coverage.tensors).toBe(new Set(tensors.map(({ name }: { name: string }) => name)).size - 1)
    const floats = tensors.filter(
      ({ dtype, tiedTo }: { dtype: string; tiedTo: string | null }) =>
        tiedTo === null && /^(B?F)/.test(dtype),
    )
    expect(modules[0].tensors).toBe(floats.length)
  })

  test('is the same for a selection that leaves out the first name of tied tensors', async () => {
    const all = JSON.parse((await runCli(['stats', 'fixtures/values/same.pt', '--json'])).out)
    const tied = all.tensors.find(({ tiedTo }: { tiedTo: string | null }) => tiedTo !== null)
    const { out } = await runCli(['stats', 'fixtures/values/same.pt', '--json', '-k', tied.name])
    expect(JSON.parse(out).tensors).toEqual([{ ...tied, tiedTo: null }])
  })
})
