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

test('a pickle without a magic beside the weights is one of the files that may be weights', async () => {
  const bytes = readFileSync(`${folder}/pax.nemo`)
  const hidden = Buffer.from("I1\n0cposix\nsystem\n(S'true'\ntR.")
  const header = Buffer.alloc(512)
  header.write('notes.txt', 0)
  header.write(`${hidden.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write('        0', 148)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((all, byte) => all + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const member = Buffer.concat([header, hidden, Buffer.alloc(512 - hidden.length)])
  await expect(readBytes(Buffer.concat([member, bytes]), 'x.nemo')).rejects.toMatchObject({
    code: 'unsupported/format',
    message: expect.stringContaining('"notes.txt"'),
  })
})
