import { describe, expect, it } from 'vitest'
import { parseHeader } from '../../../src/formats/safetensors/header.ts'
import { defaultLimits } from '../../../src/limits.ts'
import { runOf } from '../../../src/model/values/values.ts'
import { firstByte } from '../../helpers/chunk.ts'
import { type LargeHeader, largeHeader, minimalHeader } from '../../helpers/large-header.ts'

const parse = ({ header }: LargeHeader) => parseHeader(header, { limits: defaultLimits, file: 'x' })

describe('a header of many tensors', () => {
  it('is read whole, in its own order, in whatever order its data is', () => {
    const inOrder = largeHeader(20_000)
    const shuffled = largeHeader(20_000, 'shuffled')
    const expected = Array.from({ length: 20_000 }, (_, index) => {
      const expert = Math.floor(index / 3)
      const projection = ['gate_proj', 'up_proj', 'down_proj'][index % 3]
      return `model.layers.${Math.floor(expert / 256)}.mlp.experts.${expert % 256}.${projection}.weight`
    })
    const { tensors, dataBytes, dataOffset } = parse(inOrder)
    expect(tensors.map(({ name }) => name)).toEqual(expected)
    expect(dataBytes).toBe(20_000 * 352 * 1024 * 2)
    expect(tensors.at(19_999)?.values).toEqual(runOf('x', dataOffset + 19_999 * 720_896, 720_896))

    const again = parse(shuffled)
    expect(again.dataBytes).toBe(dataBytes)
    expect(again.tensors.at(0)?.name).not.toBe(expected[0])
    const byOffset = [...again.tensors].sort((a, b) => firstByte(a) - firstByte(b))
    expect(byOffset.map(({ name }) => name)).toEqual(expected)
  })

  it('keeps one array for equal shapes (S78)', () => {
    const { tensors } = parse(minimalHeader(10_000))
    expect(new Set(tensors.map(({ shape }) => shape)).size).toBe(1)
  })

  it('is refused past the limit of tensors, by its name', () => {
    const { header } = minimalHeader(101)
    const read = (tensors: number) =>
      parseHeader(header, { limits: { ...defaultLimits, tensors }, file: 'x' })
    expect(read(101).tensors).toHaveLength(101)
    expect(() => read(100)).toThrow('the number of tensors is 101, over the limit tensors=100')
  })

  it('is refused past the limit of metadata keys', () => {
    const header = new TextEncoder().encode('{"__metadata__":{"a":"","b":"","c":""}}')
    const read = (metadataEntries: number) =>
      parseHeader(header, { limits: { ...defaultLimits, metadataEntries }, file: 'x' })
    expect(read(3).metadata.size).toBe(3)
    expect(() => read(2)).toThrow('metadataEntries=2')
  })
})
