import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { dtypes } from '../../../src/model/tensors/dtype.ts'
import type { Chunk } from '../../../src/model/values/chunk.ts'
import { open } from '../../../src/node.ts'
import { portableKernel } from '../../../src/values/statistics/portable-kernels.ts'
import { mergedStates } from '../../../src/values/statistics/value-state.ts'
import { packedFixture } from '../../helpers/packed-fixture.ts'
import { stateText } from './state-text.ts'

const file = packedFixture('fixtures/statistics/cases.safetensors')
const bytes = new Uint8Array(readFileSync(file))
const { checkpoint } = await open(file)
const tensors = checkpoint.stateDicts[0]?.tensors.filter(({ elements }) => elements > 0) ?? []

const tensor = fc.constantFrom(...tensors)

function valuesOf({ values }: (typeof tensors)[number]): Uint8Array {
  if (typeof values === 'string') throw new Error('has values')
  const { offset, length } = values.chunks[0] as Chunk
  return bytes.subarray(offset, offset + length)
}

it('comes to the same in pieces of any size, at any alignment', () => {
  fc.assert(
    fc.property(
      tensor,
      fc.integer({ min: 1, max: 9_000 }),
      fc.integer({ min: 0, max: 15 }),
      (one, size, shift) => {
        const dtype = one.dtype ?? 'F32'
        const { bits } = dtypes[dtype]
        const values = valuesOf(one)
        const whole = portableKernel(dtype, one.elements)
        whole?.add(values)
        const moved = new Uint8Array(values.length + shift).subarray(shift)
        moved.set(values)
        const pieces = portableKernel(dtype, one.elements)
        const step = size * (bits / 8)
        for (let at = 0; at < moved.length; at += step) pieces?.add(moved.subarray(at, at + step))
        expect(stateText(pieces?.finish())).toBe(stateText(whole?.finish()))
      },
    ),
    { numRuns: 40 },
  )
})

it('comes to the same in parts that are cut at blocks and merged', () => {
  fc.assert(
    fc.property(tensor, fc.integer({ min: 0, max: 5 }), (one, blocks) => {
      const dtype = one.dtype ?? 'F32'
      const values = valuesOf(one)
      const cut = Math.min(values.length, blocks * 4_096 * (dtypes[dtype].bits / 8))
      const state = (part: Uint8Array) => {
        const kernel = portableKernel(dtype, one.elements)
        kernel?.add(part)
        return kernel?.finish()
      }
      const [a, b] = [state(values.subarray(0, cut)), state(values.subarray(cut))]
      if (a === undefined || b === undefined) throw new Error('there is a kernel for it')
      expect(stateText(mergedStates(a, b))).toBe(stateText(state(values)))
    }),
    { numRuns: 40 },
  )
})
