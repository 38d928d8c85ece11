import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { digestValues, open } from '../../src/node.ts'
import { runCli } from '../helpers/run-cli.ts'

// Entries that are no tensors and hold some: what torch packs of quantised layers, and what a module keeps in `_extra_state`.
const one = 'fixtures/values/entries.pt'
/** One number of the tensors in `0._extra_state` is another. */
const other = 'fixtures/values/entries-other.pt'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sdinspect-entries-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('tensors in entries are hashed as the definition says', async () => {
  // Of the live state dicts, by the Python of docs/digest.md: fixtures/generate/entries.py.
  const defined: Record<string, { digest: string; tensors: Record<string, string> }> = JSON.parse(
    await readFile('fixtures/values/entries.json', 'utf8'),
  )
  for (const [file, { digest, tensors }] of Object.entries(defined)) {
    await using checkpoint = await open(`fixtures/values/${file}`)
    const found = await digestValues(checkpoint)
    expect([file, Object.fromEntries(found.tensors)]).toEqual([file, tensors])
    expect([file, found.digest]).toEqual([file, digest])
  }
})

test('diff --values tells an entry whose tensors are others', async () => {
  const { code, out } = await runCli(['diff', one, other, '--values', '--exit-code', '--json'])
  const { same, valuesCompared } = JSON.parse(out)
  expect([code, same]).toEqual([1, false])
  expect(valuesCompared.different).toEqual([{ a: '0._extra_state', b: '0._extra_state' }])
  expect((await runCli(['diff', one, one, '--values', '--exit-code'])).code).toBe(0)
})

test('a lock of values holds to them', async () => {
  const [lock, model] = [join(folder, 'sdinspect.lock'), join(folder, 'model.pt')]
  await writeFile(model, await readFile(one))
  expect((await runCli(['lock', model, '--level', 'values', '--lock-file', lock])).code).toBe(0)
  expect((await runCli(['check', model, '--lock-file', lock])).code).toBe(0)
  await writeFile(model, await readFile(other))
  const drifted = await runCli(['check', model, '--lock-file', lock])
  expect([drifted.code, drifted.out]).toEqual([1, expect.stringContaining('_extra_state: has other values')])
  // As one was written before these had digests.
  const text = await readFile(lock, 'utf8')
  await writeFile(lock, text.replace(/^digest 0\._extra_state .*\n/m, ''))
  const old = await runCli(['check', model, '--lock-file', lock])
  expect([old.code, old.err + old.out]).toEqual([
    2,
    expect.stringContaining('"0._extra_state" has no digest'),
  ])
})

test('check --values reads them, and says what is not finite', async () => {
  const bytes = await readFile(one)
  const history = Buffer.from(Float32Array.of(0.5, 0.25).buffer)
  const at = bytes.indexOf(history)
  expect(bytes.indexOf(history, at + 1)).toBe(-1)
  const model = join(folder, 'nan.pt')
  bytes.writeFloatLE(Number.NaN, at)
  await writeFile(model, bytes)
  const { code, out } = await runCli(['check', model, '--values', '--json'])
  const { findings, summary } = JSON.parse(out)
  expect(code).toBe(1)
  expect(findings.filter(({ rule }: { rule: string }) => rule === 'values/finite')).toMatchObject([
    { tensor: '0._extra_state', args: { nan: 1, elements: 2 } },
  ])
  // 2 + 4 tensors and 3 entries that hold some.
  expect(summary.coverage.values).toMatchObject({ tensors: 9, tensorsRead: 9 })
})
