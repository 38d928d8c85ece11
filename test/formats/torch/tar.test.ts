import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { open } from '../../../src/node.ts'
import { runCli } from '../../helpers/run-cli.ts'
import { readBytes } from './open.ts'

const folder = 'fixtures/torch/tar'
const { entries } = JSON.parse(readFileSync(`${folder}/truth.json`, 'utf8')) as {
  entries: Record<string, { shape: number[]; kind: string; sha256: string }>
}

test.each(['pax', 'gnu'])('the weights in a tar archive are read where they are: %s', async (form) => {
  const checkpoint = await open(`${folder}/${form}.nemo`)
  const [stateDict] = checkpoint.report.stateDicts
  expect(checkpoint.report.producer).toBe('NVIDIA NeMo')
  const found: Record<string, unknown> = {}
  for (const { name, shape, kind } of stateDict?.tensors ?? []) {
    const hash = createHash('sha256')
    for await (const { bytes } of checkpoint.values(name)) hash.update(bytes)
    found[name] = { shape, kind, sha256: hash.digest('hex') }
  }
  await checkpoint.close()
  expect(found).toEqual(entries)
})

test('an archive of several files of weights is refused, naming them', async () => {
  await expect(readBytes(readFileSync(`${folder}/two.nemo`), 'two.nemo')).rejects.toMatchObject({
    code: 'unsupported/format',
    message:
      'the tar archive holds several files that may be weights: "model_weights.ckpt", "mp_rank_01.ckpt"',
  })
})

test('a checkpoint in an archive has the digest of the checkpoint', async () => {
  const { out } = await runCli(['digest', `${folder}/pax.nemo`, `${folder}/gnu.nemo`])
  const [one, other] = out.split('\n').map((line) => line.split(' ')[0])
  expect(one).toMatch(/^[0-9a-f]{64}$/)
  expect(other).toBe(one)
})
