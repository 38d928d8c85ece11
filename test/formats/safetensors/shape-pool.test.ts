import { describe, expect, it } from 'vitest'
import { ShapePool } from '../../../src/formats/safetensors/shape-pool.ts'

describe('ShapePool', () => {
  it('gives equal shapes as one array and different ones as different arrays, whatever they hash to', () => {
    const pool = new ShapePool()
    const first = pool.shared([3, 4])
    expect(pool.shared([3, 4])).toBe(first)
    // Enough shapes to meet in every slot; 0,31 and 1,0 have one hash.
    for (let a = 0; a < 200; a++) for (let b = 0; b < 100; b++) expect(pool.shared([a, b])).toEqual([a, b])
  })

  it('keeps what it gave when the scratch is used again', () => {
    const pool = new ShapePool()
    pool.scratch.push(1, 2)
    const shape = pool.shared(pool.scratch)
    pool.scratch.length = 0
    expect(shape).toEqual([1, 2])
  })
})
