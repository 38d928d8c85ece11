import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { packedFixture } from '../helpers/packed-fixture.ts'
import { runCli } from '../helpers/run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'sdinspect-parts-'))
afterAll(() => rmSync(folder, { recursive: true }))

const cases = packedFixture('fixtures/statistics/cases.safetensors')
const at = (name: string) => join(folder, name)

/** Writes every part of a work, and says where. */
async function parts(of: number, name: string, ...argv: string[]): Promise<string[]> {
  const written: string[] = []
  for (let index = 1; index <= of; index++) {
    const file = at(`${name}-${index}.json`)
    expect((await runCli(['stats', ...argv, '--part', `${index}/${of}`, '-o', file])).code).toBe(0)
    written.push(file)
  }
  return written
}

describe('stats --part and merge', () => {
  test.each([
    [1, cases],
    [2, cases],
    [7, cases],
    [40, 'fixtures/values/same.pt'],
    [3, 'fixtures/bart-sharded'],
    [3, 'fixtures/statistics/complex.pt'],
    [2, 'fixtures/manifest.json'],
  ])('come in %i parts to the same bytes as one run: %s', async (of, path) => {
    const written = await parts(of, `same-${of}`, path)
    for (const format of ['json', 'csv', 'text']) {
      const whole = await runCli(['stats', path, '-f', format])
      const merged = await runCli(['merge', ...written.toReversed(), '-f', format])
      expect(merged).toEqual(whole)
    }
  })

  test('cut a tensor that is larger than a part', async () => {
    const [first] = await parts(9, 'cut', cases)
    const { slices, plan } = JSON.parse(readFileSync(first as string, 'utf8'))
    const last = slices.findLast(({ to }: { to: number }) => to > 0)
    expect(last.to).toBeLessThan(plan.items[last.item].bytes)
    const read = slices.reduce(
      (sum: number, { from, to }: { from: number; to: number }) => sum + to - from,
      0,
    )
    const total = plan.items.reduce((sum: number, { bytes }: { bytes: number }) => sum + bytes, 0)
    // As much as the others, to the block.
    expect(Math.abs(read - total / 9)).toBeLessThan(4_096 * 8)
  })

  describe('refuse', () => {
    let written: string[]
    beforeAll(async () => {
      written = await parts(3, 'whole', cases)
    })
    const merge = (...files: (string | undefined)[]) =>
      runCli(['merge', ...files.filter((file) => file !== undefined), '--json'])

    test('a part that is missing or there twice', async () => {
      expect(await merge(written[0], written[2])).toMatchObject({ code: 2, out: '' })
      expect((await merge(written[0], written[2])).err).toContain('part 2 of 3 is missing')
      expect((await merge(written[0], written[0], written[1], written[2])).err).toContain(
        'part 1 of 3 is there twice',
      )
    })

    test('parts of other files, of other tensors, of another number', async () => {
      const [other] = await parts(3, 'other', 'fixtures/cnn.safetensors')
      expect((await merge(other, written[1], written[2])).err).toContain('different files or tensors')
      const [fewer] = await parts(3, 'fewer', cases, '-k', 'f32.**')
      expect((await merge(fewer, written[1], written[2])).err).toContain('different files or tensors')
      const [half] = await parts(2, 'half', cases)
      expect((await merge(half, written[1], written[2])).err).toContain('is one of 3')
    })

    test('a part that leaves a hole or overlaps another', async () => {
      const changed = (change: (slice: { from: number; to: number }) => void) => {
        const part = JSON.parse(readFileSync(written[1] as string, 'utf8'))
        change(part.slices[0])
        writeFileSync(at('changed.json'), JSON.stringify(part))
        return merge(written[0], at('changed.json'), written[2])
      }
      const { from } = JSON.parse(readFileSync(written[1] as string, 'utf8')).slices[0]
      expect((await changed((slice) => Object.assign(slice, { from: from + 32_768 }))).err).toContain(
        'do not fit',
      )
      expect((await changed((slice) => Object.assign(slice, { from: from - 1 }))).err).toContain('do not fit')
      expect((await changed((slice) => Object.assign(slice, { to: slice.to - 8 }))).code).toBe(2)
    })

    test('parts of another file of the same shape', async () => {
      const bytes = readFileSync(cases)
      // A byte of the last value: at one of the places that are looked at.
      bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1
      writeFileSync(at('cases.safetensors'), bytes)
      const [other] = await parts(3, 'same-shape', at('cases.safetensors'))
      const { code, err } = await merge(other, written[1], written[2])
      expect([code, err]).toEqual([2, expect.stringContaining('hold other values')])
    })

    test('numbers that no values come to', async () => {
      const file = written[0] as string
      const text = readFileSync(file, 'utf8')
      const at0 = JSON.parse(text).slices.findIndex(
        ({ state }: { state?: { min: unknown; cells: unknown } }) =>
          typeof state?.min === 'number' && state.cells,
      )
      const { state } = JSON.parse(text).slices[at0]
      const { elements } = state
      for (const changes of [
        { nan: -1 },
        { zeros: 0.5 },
        { nan: elements, positiveInfinity: 1 },
        { elements: elements + 1 },
        { min: state.max, max: state.min === state.max ? state.min - 1 : state.min },
        { min: null },
        { max: '1e5' },
        { sum: 'f+300' },
        { sum: 7 },
        { squares: `-${state.squares}` },
        { squares: 'f+999' },
        { modulus: 1 },
        { imaginarySum: '0' },
        { exactBlocks: null },
        { representable: [-1] },
        { cells: [0, -1] },
        { cells: [...state.cells.slice(0, -1), state.cells.at(-1) + 1] },
        { cells: state.cells.slice(0, -1) },
      ]) {
        const part = JSON.parse(text)
        Object.assign(part.slices[at0].state, changes)
        writeFileSync(at('numbers.json'), JSON.stringify(part))
        const { code, out, err } = await merge(at('numbers.json'), written[1], written[2])
        expect([changes, code, out, err]).toEqual([
          changes,
          2,
          '',
          expect.stringContaining('is not as it was written'),
        ])
      }
    })

    test('a plan or slices of other types', async () => {
      const text = readFileSync(written[0] as string, 'utf8')
      for (const change of [
        { part: { index: 1, of: 2e9 } },
        { part: { index: -1, of: 3 } },
        { part: null },
        { files: [{}] },
        { stateDict: 1 },
        { sampled: undefined },
        { plan: [] },
        { plan: { tensors: [], items: [{ index: 0 }], uncovered: [] } },
        { slices: [] },
        { slices: [null] },
        { slices: JSON.parse(text).slices.map((slice: object) => ({ ...slice, state: 1 })) },
      ]) {
        writeFileSync(at('types.json'), JSON.stringify({ ...JSON.parse(text), ...change }))
        const { code, err } = await merge(at('types.json'), written[1], written[2])
        expect([change, code, err]).toEqual([change, 2, expect.not.stringMatching(/bug|TypeError/)])
      }
    })

    test('a part of another version, whatever it was computed of', async () => {
      const check = at('check.json')
      expect((await runCli(['check', '--values', cases, '--part', '1/2', '-o', check])).code).toBe(0)
      for (const [file, change] of [
        [written[1], { schemaVersion: 2 }],
        [written[1], { tool: { name: 'sdinspect', version: '0.0.1' } }],
        [check, { tool: { name: 'sdinspect', version: '0.0.1' } }],
      ] as const) {
        const part = JSON.parse(readFileSync(file as string, 'utf8'))
        writeFileSync(at('other-version.json'), JSON.stringify({ ...part, ...change }))
        const { code, out, err } = await merge(written[0], at('other-version.json'), written[2])
        expect([code, out]).toEqual([2, ''])
        expect(err).toContain('have one version compute all parts and merge them')
      }
    })

    test('what is no part', async () => {
      writeFileSync(at('half.json'), readFileSync(written[0] as string, 'utf8').slice(0, 1_000))
      expect((await merge(at('half.json'))).err).toContain('was it written whole?')
      expect((await merge('package.json')).err).toContain('is no answer of stats --part')
      expect((await merge(at('none.json'))).code).toBe(2)
    })

    test('a share that is none', async () => {
      for (const part of ['0/3', '4/3', '1', '1/0', 'a/b'])
        expect((await runCli(['stats', cases, '--part', part])).code).toBe(2)
    })
  })
})
