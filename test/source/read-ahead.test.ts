import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coalesced } from '../../src/source/coalesced.ts'
import { Cursor } from '../../src/source/cursor.ts'
import { memorySource } from '../../src/source/memory.ts'
import { readAhead } from '../../src/source/read-ahead.ts'
import type { ByteSource } from '../../src/source/source.ts'
import { Distance } from '../helpers/distance.ts'

const bytes = Uint8Array.from({ length: 5_000 }, (_, i) => (i * 7) % 251)

/** A source that remembers the ranges it was asked for. */
function recording(remote: boolean): { source: ByteSource; asked: [offset: number, length: number][] } {
  const asked: [number, number][] = []
  const inner = memorySource(bytes, 'x')
  return {
    asked,
    source: {
      ...inner,
      ...(remote ? { remote: true } : {}),
      read: async (offset, length) => {
        asked.push([offset, length])
        return inner.read(offset, length)
      },
    },
  }
}

const range = fc
  .tuple(fc.nat(bytes.length), fc.nat(bytes.length))
  .map(([a, b]) => [Math.min(a, b), Math.abs(a - b)] as const)

describe.each([true, false])('reading ahead of a source that is remote: %s', (remote) => {
  it('gives the same bytes for any ranges, asked for together or one after the other', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(range, { maxLength: 6 }),
        fc.nat(6_000),
        fc.nat(6_000),
        fc.boolean(),
        async (ranges, first, last, atOnce) => {
          const source = readAhead(recording(remote).source, { first, last })
          const read = async ([offset, length]: readonly [number, number]) =>
            expect(await source.read(offset, length)).toEqual(bytes.subarray(offset, offset + length))
          if (atOnce) await Promise.all(ranges.map(read))
          else for (const one of ranges) await read(one)
        },
      ),
    )
  })

  it('says of a range past the end what the source says', async () => {
    const source = readAhead(recording(remote).source, { first: 100, last: 100 })
    await expect(source.read(4_990, 11)).rejects.toMatchObject({ code: 'format/truncated' })
    await expect(source.read(-1, 5)).rejects.toMatchObject({ code: 'format/truncated' })
  })
})

describe('reading ahead', () => {
  it('reads both ends once, and of a range that reaches out of one only the rest', async () => {
    const { source, asked } = recording(true)
    const ahead = readAhead(source, { first: 100, last: 50 })
    await ahead.read(0, 10)
    await ahead.read(20, 60)
    await ahead.read(4_960, 40)
    await ahead.read(90, 30)
    await ahead.read(4_900, 100)
    expect(asked).toEqual([
      [0, 100],
      [4_950, 50],
      [100, 20],
      [4_900, 50],
    ])
  })

  it('reads no end before the start is looked at, and none twice when it failed', async () => {
    const far = new Distance(0)
    const ahead = readAhead(far.source(bytes, 'x'), { first: 100, last: 50 })
    await expect(ahead.read(0, 10)).rejects.toMatchObject({ code: 'source/io' })
    expect(await ahead.read(0, 10)).toEqual(bytes.subarray(0, 10))
    expect(far.rounds).toEqual([
      { reads: 2, bytes: 150 },
      { reads: 1, bytes: 100 },
    ])
  })

  it('is not troubled by an end that cannot be read when nobody wants it', async () => {
    const far = new Distance(1)
    const ahead = readAhead(far.source(bytes, 'x'), { first: 100, last: 50 })
    expect(await ahead.read(0, 10)).toEqual(bytes.subarray(0, 10))
    await new Promise((resolve) => setTimeout(resolve, 5))
  })
})

describe('coalesced reads', () => {
  it('give the same bytes for any ranges', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(range, { maxLength: 8 }),
        fc.nat(500),
        fc.nat(900),
        async (ranges, gap, waste) => {
          const { source, asked } = recording(true)
          const joined = coalesced(source, { gap, waste })
          const read = await Promise.all(ranges.map(([offset, length]) => joined.read(offset, length)))
          read.forEach((one, i) => {
            const [offset, length] = ranges[i] as readonly [number, number]
            expect(one).toEqual(bytes.subarray(offset, offset + length))
          })
          const wanted = new Set(
            ranges.flatMap(([offset, length]) => Array.from({ length }, (_, i) => offset + i)),
          )
          const got = asked.reduce((sum, [, length]) => sum + length, 0)
          expect(got).toBeLessThanOrEqual(wanted.size + waste)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('are one read where they are neighbours, also when asked for some promises later', async () => {
    const { source, asked } = recording(true)
    const joined = coalesced(source, { gap: 10 })
    const later = async (offset: number): Promise<Uint8Array> => {
      for (let turn = 0; turn < 20; turn++) await null
      return joined.read(offset, 10)
    }
    await Promise.all([joined.read(100, 10), later(120), later(115), joined.read(1_000, 5)])
    expect(asked).toEqual([
      [100, 30],
      [1_000, 5],
    ])
  })

  it('fail alone when only their range is wrong, and together when the read they share does', async () => {
    const far = new Distance(0)
    const joined = coalesced(far.source(bytes, 'x'))
    const results = await Promise.allSettled([
      joined.read(0, 10),
      joined.read(20, 10),
      joined.read(4_990, 20),
    ])
    expect(results.map((one) => (one.status === 'rejected' ? one.reason.code : 'read'))).toEqual([
      'source/io',
      'source/io',
      'format/truncated',
    ])
  })

  it('end when the signal of one comes, and the others go on', async () => {
    const joined = coalesced(recording(true).source)
    const controller = new AbortController()
    const ended = joined.read(0, 10, { signal: controller.signal })
    const other = joined.read(10, 10)
    controller.abort()
    await expect(ended).rejects.toMatchObject({ name: 'AbortError' })
    expect(await other).toEqual(bytes.subarray(10, 20))
  })
})

describe('a cursor', () => {
  it('passes over all bytes in order, however they are taken', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(400), { minLength: 1 }),
        fc.integer({ min: 1, max: 300 }),
        fc.nat(4_000),
        async (steps, first, position) => {
          const { source, asked } = recording(false)
          const cursor = new Cursor(source, { position, first, most: 700 })
          let at = position
          for (const step of steps) {
            while (cursor.atHand.length < step && !cursor.isLast) await cursor.more()
            const length = Math.min(step, cursor.atHand.length)
            expect(cursor.position).toBe(at)
            expect(cursor.atHand.subarray(0, length)).toEqual(bytes.subarray(at, at + length))
            cursor.skip(length)
            at += length
          }
          // Each byte once, in order, and never more than allowed beyond what was asked for.
          asked.reduce((end, [offset, length]) => {
            expect(offset).toBe(end)
            expect(length).toBeLessThanOrEqual(700)
            return offset + length
          }, position)
        },
      ),
    )
  })

  it('keeps what it gave while it reads on', async () => {
    const cursor = new Cursor(memorySource(bytes), { first: 64, most: 64 })
    await cursor.more()
    const given = cursor.atHand
    cursor.skip(10)
    for (let i = 0; i < 20; i++) await cursor.more()
    expect(given).toEqual(bytes.subarray(0, 64))
  })

  it('has no more at the end', async () => {
    const cursor = new Cursor(memorySource(bytes), { position: 4_990 })
    await cursor.more()
    expect(cursor.isLast).toBe(true)
    await cursor.more()
    expect(cursor.atHand).toEqual(bytes.subarray(4_990))
  })
})
