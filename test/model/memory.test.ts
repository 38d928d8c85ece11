import { describe, expect, test } from 'vitest'
import { memoryOf } from '../../src/model/memory.ts'
import { reportOf, totalsOf } from '../helpers/checkpoint.ts'
import { runCli } from '../helpers/run-cli.ts'

describe('what a model takes in memory', () => {
  // A linear layer 10→4 with its bias, 44 weights, and batch norm of 4: 8 weights, 8 elements of buffers and a counter.
  const totals = totalsOf(
    reportOf({
      'fc.weight': ['F32', [4, 10]],
      'fc.bias': ['F32', [4]],
      'bn.weight': ['F32', [4]],
      'bn.bias': ['F32', [4]],
      'bn.running_mean': ['F32', [4]],
      'bn.running_var': ['F32', [4]],
      'bn.num_batches_tracked': ['I64', []],
    }),
  )
  const buffers = 8 * 4 + 8

  test('follows from what is stored and the bytes of a weight', () => {
    expect(memoryOf(totals)).toEqual({
      stored: 52 * 4 + buffers,
      bf16: 52 * 2 + buffers,
      int8: 52 + buffers,
      int4: 26 + buffers,
      // 16 bytes a parameter (ZeRO, section 3.1), all of which may train.
      training: 52 * 16 + buffers,
    })
  })

  test('counts what is frozen in 16 bits', () => {
    const frozen = totalsOf(
      reportOf({ 'a.weight': ['F32', [4, 10]], 'b.weight': ['F32', [2, 4]] }, { frozen: ['a.*'] }),
    )
    expect(memoryOf(frozen).training).toBe(8 * 16 + 40 * 2)
  })

  test('of packed weights is of what they stand for', async () => {
    const { out } = await runCli(['fixtures/gptq', '--memory'])
    // 6,336 weights: fixtures/gptq.truth.json.
    expect(out).toMatch(/in BF16 +12\.7 kB +6,336 weights/)
    expect(out).toMatch(/as stored +4\.70 kB/)
  })
})
