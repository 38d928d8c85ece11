import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { readPickle } from '../../src/codec/pickle.ts'
import { defaultLimits } from '../../src/limits.ts'
import { canon } from './pickle-canon.ts'

const cases = gunzipSync(readFileSync(new URL('../../fixtures/pickle/cases.jsonl.gz', import.meta.url)))
  .toString()
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as { pickle: string; canon: string | null })

test('reads every stream as CPython does, and refuses what CPython refuses', () => {
  expect(cases.length).toBeGreaterThan(3000)
  const wrong: unknown[] = []
  for (const { pickle, canon: expected } of cases) {
    const document = readPickle(Buffer.from(pickle, 'base64'), defaultLimits, 'test')
    const found = document.error === null ? canon(document.value ?? null) : null
    if (found !== expected) wrong.push({ pickle, expected, found, error: document.error?.message })
  }
  expect(wrong).toEqual([])
})
