import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { inspect } from '../../../src/index.ts'
import { dtypeOfTorch } from '../../../src/model/tensors/dtype.ts'
import { inspectPath, open } from '../../../src/node.ts'
import { memorySource } from '../../../src/source/memory.ts'

const folder = fileURLToPath(new URL('../../../fixtures/paddle', import.meta.url))
/** What paddle.load finds in each: fixtures/generate/paddle_files.py. */
const expected: Record<
  string,
  Record<string, { dtype: string; shape: number[]; sha256: string }>
> = JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8'))

describe.each(Object.keys(expected))('%s', (name) => {
  const tensors = Object.entries(expected[name] ?? {})

  it('has the tensors that paddle.load finds, and nothing in it is called dangerous', async () => {
    const { format, stateDicts, findings } = await inspectPath(`${folder}/${name}`)
    expect(format).toBe('paddle')
    const found = Array.from(stateDicts[0]?.tensors ?? [], (one) => [one.name, one.dtype, one.shape])
    expect(found.sort()).toEqual(
      tensors.map(([tensor, { dtype, shape }]) => [tensor, dtypeOfTorch(dtype), shape]).sort(),
    )
    expect(findings).toEqual([])
  })

  it('gives their values', async () => {
    const checkpoint = await open(`${folder}/${name}`)
    try {
      for (const [tensor, { sha256 }] of tensors) {
        const hash = createHash('sha256')
        for await (const { bytes } of checkpoint.values(tensor)) hash.update(bytes)
        expect([tensor, hash.digest('hex')]).toEqual([tensor, sha256])
      }
    } finally {
      await checkpoint.close()
    }
  })
})

it('knows the statistics of a batch norm of Paddle, and the state of an optimizer', async () => {
  const whole = await inspectPath(`${folder}/whole.pdparams`)
  expect(whole.stateDicts.map(({ path, role }) => [path, role])).toEqual([
    ['model', 'model'],
    ['opt', 'optimizer'],
  ])
  const kinds = Object.fromEntries(
    Array.from(whole.stateDicts[0]?.tensors ?? [], (one) => [one.name, one.kind]),
  )
  expect(kinds).toMatchObject({ 'bn._mean': 'buffer', 'bn._variance': 'buffer', 'bn.weight': 'parameter' })
  expect((await inspectPath(`${folder}/model.pdopt`)).stateDicts.map(({ role }) => role)).toEqual([
    'optimizer',
  ])
})

it('tells what else a file that is called so would run', async () => {
  // os.system('true'), as pickletools writes it.
  const bytes = new TextEncoder().encode("cos\nsystem\n(S'true'\ntR.")
  const { findings } = await inspect(memorySource(bytes, 'm.pdparams'))
  expect(findings[0]).toMatchObject({ rule: 'security/pickle-globals', level: 'error' })
})
