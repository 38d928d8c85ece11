import { describe, expect, it } from 'vitest'
import { ShapePool } from '../../src/model/tensors/shape-pool.ts'

describe('ShapePool', () => {
  it('gives equal shapes one number and different ones different numbers', () => {
    const pool = new ShapePool()
    const first = pool.id([3, 4])
    expect(pool.id([3, 4])).toBe(first)
    const ids = new Set([first])
    for (let a = 0; a < 200; a++)
      for (let b = 0; b < 100; b++) {
        const id = pool.id([a, b])
        expect(pool.shapes[id]).toEqual([a, b])
        expect(pool.elements[id]).toBe(a * b)
        ids.add(id)
      }
    expect(ids.size).toBe(200 * 100)
    expect(pool.id([])).not.toBe(pool.id([1]))
    expect(pool.id([2 ** 32])).not.toBe(pool.id([2 ** 33]))
  })

  it('keeps what it gave when the scratch is used again', () => {
    const pool = new ShapePool()
    pool.scratch.push(1, 2)
    const id = pool.id(pool.scratch)
    pool.scratch.length = 0
    expect(pool.shapes[id]).toEqual([1, 2])
  })

  it('takes a dimension past 2^53-1 for the nearest double', () => {
    const pool = new ShapePool()
    expect(pool.id([0, 2n ** 60n + 1n])).toBe(pool.id([0, 2 ** 60]))
  })
})

it('finds shapes fast that were made to have one hash whatever the hash begins with', () => {
  // The highest bit of one half of a dimension, and what that comes to, in the other half: the sums of a multiplication.
  const pair = [2 ** 32 * 0x12345678, 2 ** 32 * 0x92355678 + 2 ** 31]
  const pool = new ShapePool()
  for (let number = 0; number < 130_000; number++)
    pool.id([0, ...Array.from({ length: 17 }, (_, bit) => pair[(number >> bit) & 1] as number)])
  expect(pool.count).toBe(130_000)
})
