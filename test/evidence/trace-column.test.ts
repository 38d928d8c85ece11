import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { evidenceOf, explain } from '../../src/explain.ts'
import { openPaths } from '../../src/node.ts'

const fixtures = ['fixtures', 'fixtures/torch'].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => /\.(safetensors|pt|pth|pt2|ckpt)$/.test(name) || name === 'gptq')
    .map((name) => `${folder}/${name}`),
)

test('evidence for all tensors at once is what is explained of each', async () => {
  let told = 0
  for await (const opened of openPaths(fixtures)) {
    if ('error' in opened) continue
    for (const stateDict of opened.checkpoint.stateDicts) {
      const { ids, stories } = evidenceOf(opened.checkpoint, stateDict)
      const explained = explain(opened.checkpoint, stateDict, () => true).slice(0, ids.length)
      expect(Array.from(ids, (id) => stories[id])).toEqual(
        explained.map(({ kind, trainable, claims }) => ({ kind, trainable, claims })),
      )
      told += ids.length
    }
  }
  expect(told).toBeGreaterThan(500)
})
