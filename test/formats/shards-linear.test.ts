import { describe, expect, it } from 'vitest'
import { openFolder } from '../../src/formats/open-folder.ts'
import { inspect, memoryPlace } from '../../src/index.ts'
import { defaultLimits } from '../../src/limits.ts'
import type { Place } from '../../src/source/source.ts'
import { jsonBytes, vectorsFile } from '../helpers/shards.ts'

/** What a place was asked for. */
interface Asked {
  lists: number
  opens: number
  reads: number
  bytes: number
}

function counting(inner: Place): { place: Place; asked: Asked } {
  const asked: Asked = { lists: 0, opens: 0, reads: 0, bytes: 0 }
  const place: Place = {
    ...inner,
    list: () => {
      asked.lists++
      return inner.list()
    },
    open: async (name) => {
      asked.opens++
      const source = await inner.open(name)
      return {
        ...source,
        read: (offset, length) => {
          asked.reads++
          asked.bytes += length
          return source.read(offset, length)
        },
      }
    },
  }
  return { place, asked }
}

/** `count` shards of one tensor each, of which an index names `named`. */
function shards(count: number, named: number): Map<string, Uint8Array> {
  const name = (i: number) =>
    `model-${String(i).padStart(6, '0')}-of-${String(count).padStart(6, '0')}.safetensors`
  const files = new Map<string, Uint8Array>()
  for (let i = 1; i <= count; i++) files.set(name(i), vectorsFile({ [`t${i}`]: 1 }))
  const map: Record<string, string> = {}
  for (let i = 1; i <= named; i++) map[`t${i}`] = i <= count ? name(i) : `missing-${i}.safetensors`
  files.set('model.safetensors.index.json', jsonBytes({ weight_map: map }))
  return files
}

const limits = { ...defaultLimits, shards: 100_000 }

describe('a set of shards costs as many operations a shard however many there are', () => {
  it('with an index', async () => {
    const asked = []
    for (const count of [250, 500, 1_000]) {
      const { place, asked: counts } = counting(memoryPlace(shards(count, count)))
      const { stateDicts } = await inspect(await place.open('model.safetensors.index.json'), {
        place,
        limits,
        // What headers cost. Small values are a round more.
        smallValues: 'never',
      })
      expect(stateDicts[0]?.tensors.length).toBe(count)
      expect(counts.opens).toBe(count + 1)
      expect(counts.reads).toBeLessThanOrEqual(3 * (count + 1))
      asked.push(counts)
    }
    const [a, b, c] = asked as [Asked, Asked, Asked]
    expect([b.lists, c.lists]).toEqual([a.lists, a.lists])
    expect(c.reads - b.reads).toBe(2 * (b.reads - a.reads))
    // The index is as long as the names in it.
    expect((c.bytes - b.bytes) / (b.bytes - a.bytes)).toBeCloseTo(2, 1)
  })

  it('in a folder, and where most of those an index names are missing', async () => {
    const asked = []
    for (const count of [250, 500, 1_000]) {
      const { place, asked: counts } = counting(memoryPlace(shards(count, 20 * count)))
      for await (const opened of openFolder(place, limits)) {
        if ('error' in opened) throw opened.error
        expect(opened.checkpoint.findings.map(({ rule }) => rule)).toContain('index/missing-shard')
      }
      // Those that are not there are not asked for.
      expect(counts.opens).toBe(count + 1)
      asked.push(counts)
    }
    const [a, b, c] = asked as [Asked, Asked, Asked]
    expect([b.lists, c.lists]).toEqual([a.lists, a.lists])
    expect(c.reads - b.reads).toBe(2 * (b.reads - a.reads))
  })
})
