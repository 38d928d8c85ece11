import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSdinspectError } from '../../../src/errors.ts'
import type { DistributedBlob } from '../../../src/formats/torch/distributed/distributed-metadata.ts'
import { DistributedParts } from '../../../src/formats/torch/distributed/distributed-parts.ts'
import { open } from '../../../src/index.ts'
import type { Box } from '../../../src/model/values/chunk.ts'
import { memorySource } from '../../../src/source/memory.ts'
import { memoryPlace } from '../../../src/source/memory-place.ts'

function valuesOf(shape: readonly number[], boxes: readonly Box[], blobs = boxes) {
  const stored = blobs.map(({ start }, i): DistributedBlob => {
    return { name: 't', file: `__${i}_0.distcp`, offset: 0, length: 1_000, start, isTransformed: false }
  })
  const parts = new DistributedParts(stored)
  const values = parts.valuesOf({ name: 't', dtype: 'F32', shape, requiresGrad: false, parts: boxes })
  return { values, problem: parts.problems.get('t') }
}

const box = (start: number[], shape: number[]): Box => ({ start, shape })
const halves = [box([0, 0], [2, 3]), box([2, 0], [2, 3])]

describe('the parts of a tensor', () => {
  test('are its values where they make the whole', () => {
    const { values, problem } = valuesOf([4, 3], halves)
    expect(problem).toBeUndefined()
    expect(values).toMatchObject({ chunks: halves.map((one) => ({ blob: true, box: one })) })
    expect(valuesOf([], [box([], [])]).problem).toBeUndefined()
    expect(valuesOf([0, 3], []).problem).toBeUndefined()
  })

  test.each<[string, readonly number[], readonly Box[], string]>([
    ['leave a hole', [4, 3], halves.slice(1), 'its parts hold 6 of 12 values'],
    [
      'lie on each other',
      [4, 3],
      [box([0, 0], [3, 3]), box([2, 0], [2, 3])],
      'some of its parts hold the same values',
    ],
    [
      'lie on each other and leave a hole',
      [4, 3],
      [box([0, 0], [2, 3]), box([1, 0], [2, 3])],
      'some of its parts hold the same values',
    ],
    ['are outside', [4, 3], [box([0, 0], [4, 4])], 'the part [4, 4] at [0, 0] is not inside [4, 3]'],
    ['have other dimensions', [4, 3], [box([0], [12])], 'the part [12] at [0] is not inside [4, 3]'],
    ['begin at one place', [4, 3], [...halves, box([0, 0], [2, 3])], 'two parts begin at the same place'],
  ])('that %s are none', (_, shape, boxes, problem) => {
    expect(valuesOf(shape, boxes)).toEqual({ values: 'layout not known', problem })
  })

  test('that are stored and not listed, or listed and not stored, are none', () => {
    expect(valuesOf([4, 3], halves, [box([0, 0], []), box([1, 0], [])]).problem).toBe(
      'a stored part begins at [1, 0], and none is listed there',
    )
    expect(valuesOf([4, 3], halves, halves.slice(1)).problem).toBe('its parts hold 6 of 12 values')
  })

  test('are found to be whole exactly when every value is in one of them', () => {
    const some = fc.record({
      start: fc.tuple(fc.nat(3), fc.nat(3)),
      shape: fc.tuple(fc.nat(4), fc.nat(4)),
    })
    const boxes = fc.oneof(
      fc.uniqueArray(some, { selector: ({ start }) => start.join(), maxLength: 6 }),
      // Cuts of the whole, which fit.
      fc
        .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }))
        .map(([r, c]) => [box([0, 0], [r, 4]), box([r, 0], [4 - r, c]), box([r, c], [4 - r, 4 - c])]),
    )
    fc.assert(
      fc.property(boxes, (some) => {
        const counts = new Map<string, number>()
        for (const { start, shape } of some)
          for (let r = 0; r < (shape[0] as number); r++)
            for (let c = 0; c < (shape[1] as number); c++) {
              const at = `${(start[0] as number) + r} ${(start[1] as number) + c}`
              counts.set(at, (counts.get(at) ?? 0) + 1)
            }
        const isWhole =
          counts.size === 16 &&
          [...counts].every(([at, count]) => count === 1 && at.split(' ').every((i) => Number(i) < 4))
        expect(valuesOf([4, 4], some).problem === undefined).toBe(isWhole)
      }),
      { numRuns: 3_000 },
    )
  })

  test('of a large grid are compared in bounded time, and not said to be whole when that does not suffice', () => {
    const grid = (rows: number, columns: number) =>
      Array.from({ length: rows * columns }, (_, i) => box([Math.floor(i / columns), i % columns], [1, 1]))
    expect(valuesOf([1, 20_000], grid(1, 20_000)).problem).toBeUndefined()
    expect(valuesOf([100, 100], grid(100, 100)).problem).toBeUndefined()
    expect(valuesOf([2_500, 2_500], grid(2_500, 2_500).slice(0, 100_000)).problem).toContain('of 6250000')
  })
})

const folder = fileURLToPath(new URL('../../../fixtures/values/dcp', import.meta.url))
const files = (): Map<string, Uint8Array> =>
  new Map(readdirSync(folder).map((name) => [name, readFileSync(`${folder}/${name}`)]))

const cut = (of: Map<string, Uint8Array>, name: string, bytes: number) =>
  (of.get(name) as Uint8Array).subarray(0, bytes)

async function read(changed: Map<string, Uint8Array>, name: string): Promise<string> {
  const source = memorySource(changed.get('.metadata') as Uint8Array, '.metadata')
  const checkpoint = await open(source, { place: memoryPlace(changed) })
  try {
    for await (const _ of checkpoint.values(name));
    return 'it was given'
  } catch (error) {
    if (!isSdinspectError(error)) throw error
    return `${error.code}: ${error.message}`
  } finally {
    await checkpoint.close()
  }
}

describe('a folder that lies', () => {
  test('about the place of a blob is refused when the blob is read', async () => {
    expect(await read(files(), 'model.rows')).toBe('it was given')
    const swapped = files()
    swapped.set('__0_0.distcp', cut(swapped, '__3_0.distcp', 6_500))
    expect(await read(swapped, 'model.rows')).toMatch(/^format\/malformed: the part at \d+/)
    const short = files()
    short.set('__1_0.distcp', cut(short, '__1_0.distcp', 100))
    expect(await read(short, 'model.rows')).toMatch(
      /^format\/truncated: the part at \d+ has \d+ bytes, and the file ends at 100/,
    )
    const zeros = files()
    zeros.set('__1_0.distcp', Buffer.alloc(6_500))
    expect(await read(zeros, 'model.rows')).toMatch(/^format\/truncated: the part at \d+: zip: no end record/)
    const gone = files()
    gone.delete('__1_0.distcp')
    expect(await read(gone, 'model.rows')).toMatch(/^source\/not-found/)
  })

  test('in any byte of a blob gives values or is refused', async () => {
    const bytes = files().get('__1_0.distcp') as Uint8Array
    for (let at = 0; at < bytes.length; at += 61) {
      const changed = files()
      const copy = new Uint8Array(bytes)
      copy[at] = (copy[at] as number) ^ 0x55
      changed.set('__1_0.distcp', copy)
      expect(await read(changed, 'model.rows')).toMatch(/^(it was given|format\/|limit\/|unsupported\/)/)
    }
  })
})
