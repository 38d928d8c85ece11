import { describe, expect, it } from 'vitest'
import { type Entries, plainMap, reportOf, tensorOf, totalsOf } from '../helpers/checkpoint.ts'
import { packedLayers as cases, inputs as i, mlx, outputs as o } from '../helpers/packed-layers.ts'

describe('a quantised layer counts as the layer it stands for', () => {
  it.each(Object.entries(cases))('%s', (_, { entries, logical, config, metadata }) => {
    const report = reportOf(entries, {
      ...(config === undefined ? {} : { side: { config: plainMap(config) } }),
      ...(metadata === undefined ? {} : { metadata }),
    })
    const totals = totalsOf(report)
    expect(totals.logicalParameters).toBe(logical)
    expect(totals.logicalIsLeast).toBeUndefined()
    for (const { quantised } of report.stateDicts[0]?.tensors ?? [])
      expect(quantised?.missing).toBeUndefined()
  })
})

describe('a packed weight of no known layout', () => {
  it('gives a least number, and says so', () => {
    const report = reportOf({ 'q.packed_weight': ['U8', [o, 40]], 'q.weight_scale': ['F16', [o, 5]] })
    expect(totalsOf(report)).toMatchObject({ logicalParameters: o * 40, logicalIsLeast: true })
    expect(tensorOf(report, 'q.packed_weight').kind).toBe('parameter')
  })

  it('is not settled by a neighbour that fits two readings', () => {
    const report = reportOf({ ...mlx(4, 64), 'a.weight': ['BF16', [256]], 'b.weight': ['BF16', [128]] })
    expect(totalsOf(report).logicalIsLeast).toBe(true)
  })
})

describe('groups of HQQ that are columns', () => {
  it('give a least number where the shape was not read', () => {
    // hqq 0.2.8, nbits=8, group_size=32, axis=0, Linear(128, 128): its 512 scales over 32 rows are no packing.
    const report = reportOf({
      'q.W_q': ['U8', [32, 512]],
      'q.scale': ['F32', [1, 512]],
      'q.zero': ['F32', [1, 512]],
    })
    expect(totalsOf(report)).toMatchObject({ logicalParameters: 32 * 512, logicalIsLeast: true })
    // As many scales as eight times the rows are no packing either: this was counted eight times.
    const eight = reportOf({
      'q.W_q': ['U8', [32, 256]],
      'q.scale': ['F32', [1, 256]],
      'q.zero': ['F32', [1, 256]],
    })
    expect(totalsOf(eight)).toMatchObject({ logicalParameters: 32 * 256, logicalIsLeast: true })
  })
})

describe('the activation scales of quanto', () => {
  // optimum-quanto 0.2.7, quantize(Net, weights=qint8, activations=qint8): before freezing, and on a LayerNorm after it.
  it('are buffers beside a weight that is not packed', () => {
    const report = reportOf({
      'norm.weight': ['F32', [128]],
      'norm.bias': ['F32', [128]],
      'norm.input_scale': ['F32', []],
      'norm.output_scale': ['F32', []],
      'fc1.weight': ['F32', [192, 128]],
      'fc1.input_scale': ['F32', []],
      'fc1.output_scale': ['F32', []],
    })
    for (const name of ['norm.input_scale', 'norm.output_scale', 'fc1.input_scale', 'fc1.output_scale'])
      expect([name, tensorOf(report, name).kind]).toEqual([name, 'buffer'])
    expect(totalsOf(report).logicalParameters).toBe(128 + 128 + 192 * 128)
  })
})

describe('rows that BitNet pads to four', () => {
  // transformers 5.24, integrations/bitnet.py: pack_weights makes [8, 22] of [30, 22].
  const bitnet = (name: string, rows: number, columns: number): Entries => ({
    [`${name}.weight`]: ['U8', [Math.ceil(rows / 4), columns]],
    [`${name}.weight_scale`]: ['BF16', [1]],
  })

  it('are not counted where a norm or another layer says how many there are', () => {
    const report = reportOf({
      'norm.weight': ['BF16', [30]],
      ...bitnet('mlp.up_proj', 42, 30),
      ...bitnet('mlp.down_proj', 30, 42),
    })
    expect(totalsOf(report).logicalParameters).toBe(30 + 2 * 42 * 30)
    expect(totalsOf(report).logicalIsLeast).toBeUndefined()
  })

  it('are taken to be none where nothing says it', () => {
    expect(totalsOf(reportOf(bitnet('mlp.up_proj', 44, 30))).logicalParameters).toBe(44 * 30)
  })
})

describe('what a packed weight cannot be read without', () => {
  const layer = (name: string): Entries => ({
    [`${name}.weight`]: ['U8', [o, i / 2]],
    [`${name}.weight_scale`]: ['F8_E4M3', [o, i / 16]],
    [`${name}.weight_scale_2`]: ['F32', []],
  })
  const missingOf = (entries: Entries, name: string) => tensorOf(reportOf(entries), name).quantised?.missing

  it('is named when it is not there', () => {
    expect(missingOf({ 'q.weight': ['U32', [o, 16]] }, 'q.weight')).toEqual(['q.scales'])
    expect(missingOf({ 'q.weight': ['U8', [o, 80]], 'q.weight_scale_2': ['F32', []] }, 'q.weight')).toEqual([
      'q.weight_scale',
    ])
    expect(missingOf({ 'q.x_blocks': ['U8', [2, 4, 3, 16]] }, 'q.x_blocks')).toEqual(['q.x_scales'])
  })

  it('follows from the others where nothing is left beside the weight', () => {
    const four = { ...layer('a'), ...layer('b'), ...layer('c'), 'd.weight': ['U8', [o, i / 2]] } as const
    expect(missingOf(four, 'd.weight')).toEqual(['d.weight_scale', 'd.weight_scale_2'])
    expect(totalsOf(reportOf(four)).logicalParameters).toBe(4 * o * i)
  })
})
