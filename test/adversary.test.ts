import { readFileSync } from 'node:fs'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { type AdversaryCase, casesIn, judge, Score } from '../scripts/adversary/judge.ts'

const unzipped = (name: string) =>
  (name.endsWith('.br') ? brotliDecompressSync : gunzipSync)(
    readFileSync(new URL(`../fixtures/adversary/${name}`, import.meta.url)),
  )
const cases = [...casesIn(unzipped('truth.jsonl.gz').toString('utf8'), unzipped('files.bin.br'))]

test('of models that did what public calls allow, nothing declared or deduced is wrong', async () => {
  const score = new Score()
  for (const [one, bytes] of cases) await judge(one, bytes, score)
  expect(score.models).toBeGreaterThan(100)
  expect(score.unread).toBe(0)
  expect(score.wrong.filter(({ level }) => level === 'declared' || level === 'deduced')).toEqual([])
  // Something is known of them, or nothing was tried.
  expect(score.answers.get('kind declared')?.count).toBeGreaterThan(40)
  expect(score.answers.get('trainable deduced')?.count).toBeGreaterThan(50)
})

test('of files of more writers neither: several optimizers, averages, modules inside, lists of DeepSpeed, TorchScript', async () => {
  const score = new Score()
  const wider = casesIn(unzipped('wider.jsonl.gz').toString('utf8'), unzipped('wider.bin.br'))
  for (const [one, bytes] of wider) await judge(one, bytes, score)
  expect(score.models).toBe(62)
  expect(score.unread).toBe(0)
  expect(score.wrong.filter(({ level }) => level === 'declared' || level === 'deduced')).toEqual([])
  expect(score.answers.get('kind declared')?.count).toBeGreaterThan(40)
})

test('of files that say things of a model that was changed since neither', async () => {
  const score = new Score()
  const idioms = casesIn(unzipped('idioms.jsonl.gz').toString('utf8'), unzipped('idioms.bin.br'))
  for (const [one, bytes] of idioms) await judge(one, bytes, score)
  expect(score.models).toBe(6)
  expect(score.wrong.filter(({ level }) => level === 'declared' || level === 'deduced')).toEqual([])
  expect(score.answers.get('kind declared')?.count).toBeGreaterThan(10)
})

test('a wrong answer is seen', async () => {
  const score = new Score()
  const [one, bytes] = cases.find(([{ story }]) => story.includes('pickled module')) as (typeof cases)[number]
  const turned = Object.fromEntries(
    Object.entries(one.truth).map(([path, entries]) => [
      path,
      Object.fromEntries(
        Object.entries(entries).map(([name, [kind]]) => [
          name,
          [kind === 'buffer' ? 'parameter' : 'buffer', true],
        ]),
      ),
    ]),
  )
  await judge({ ...one, truth: turned as unknown as AdversaryCase['truth'] }, bytes, score)
  expect(score.wrong.some(({ level }) => level === 'declared')).toBe(true)
})
