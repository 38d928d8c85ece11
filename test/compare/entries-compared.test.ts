import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { compareReports } from '../../src/compare/compare-reports.ts'
import { loadError } from '../../src/compare/loading/load-state-dict.ts'
import { inspectCheckpoint } from '../../src/inspect.ts'
import { driftOf } from '../../src/lock/drift.ts'
import { lockCheckpoint } from '../../src/lock/lock-checkpoint.ts'
import { parseLock } from '../../src/lock/parse-lock.ts'
import { lockLines } from '../../src/lock/write-lock.ts'
import type { Report } from '../../src/model/report.ts'
import { json } from '../../src/render/json-text.ts'
import { inspectFixture, readBytes } from '../formats/torch/open.ts'

// Pairs of fixtures/torch/representations/, which torch wrote: generate/representations.py.

const inspect = (file: string) => inspectFixture(`torch/representations/${file}`)
const files = readdirSync(new URL('../../fixtures/torch/representations/', import.meta.url)).filter((name) =>
  name.endsWith('.pt'),
)

function lockTextOf(report: Report): string {
  return [...lockLines({ checkpoints: [lockCheckpoint(report, { path: 'model' })] })].join('\n')
}

function lockedAs(text: string) {
  const [locked] = parseLock(text).checkpoints
  if (locked === undefined) throw new Error('no checkpoint in the lock')
  return locked
}

describe.each(files)('%s', (file) => {
  test('is the same as itself, and as the lock and the JSON report that were made of it', async () => {
    const report = await inspect(file)
    expect(compareReports(report, report)).toMatchObject({ same: true, values: [] })
    const text = lockTextOf(report)
    expect(driftOf(lockedAs(text), report)).toEqual([])
    expect(driftOf({ ...lockedAs(text), level: 'loadable' }, report)).toEqual([])
    const again = inspectCheckpoint(await readBytes(Buffer.from([...json(report)].join('')), 'report.json'), {
      path: 'report.json',
    })
    expect(again.stateDicts[0]).toEqual(report.stateDicts[0])
    expect(lockTextOf(again)).toBe(text)
  })

  test('has a lock that says what it said before when it is written again', async () => {
    const text = lockTextOf(await inspect(file))
    expect([...lockLines(parseLock(text))].join('\n')).toBe(text)
  })
})

/** What drifts, and what of it a lock of the level `loadable` lets pass. */
const pairs = [
  ['torchao-bf16.pt', 'torchao-int8.pt', ['representation'], 'raises'],
  ['torchao-int8.pt', 'torchao-int8-dynamic.pt', ['representation'], 'raises'],
  ['dtensor-rank0.pt', 'dtensor-rank1.pt', ['representation'], 'loads'],
  ['sharded-rank0.pt', 'sharded-rank1.pt', ['representation'], 'loads'],
  ['no-extra-state.pt', 'extra-state.pt', ['new'], 'raises'],
  ['extra-state.pt', 'no-extra-state.pt', ['missing'], 'raises'],
] as const

test.each(pairs)('%s is not %s', async (a, b, what, strict) => {
  const [before, after] = [await inspect(a), await inspect(b)]
  const difference = compareReports(before, after)
  expect(difference.same).toBe(false)
  expect(difference.load.strict).toBe(strict)
  const drift = driftOf(lockedAs(lockTextOf(before)), after)
  expect([...new Set(drift.map((one) => one.what))]).toEqual(what)
  expect(driftOf({ ...lockedAs(lockTextOf(before)), level: 'loadable' }, after)).toEqual(drift)
})

test('two processes have parts of one tensor, and all keys matching is not all there is to say', async () => {
  for (const kind of ['dtensor', 'sharded']) {
    const [one, other] = [await inspect(`${kind}-rank0.pt`), await inspect(`${kind}-rank1.pt`)]
    const { load } = compareReports(one, other)
    const sharded = one.stateDicts[0]?.tensors.filter(
      ({ representation }) =>
        representation?.kind === 'shard' &&
        `${representation.localShape}` !== `${representation.globalShape}`,
    )
    expect(load.otherParts).toEqual(sharded?.map(({ name }) => name))
    expect(compareReports(one, one).load.otherParts).toEqual([])
  }
  const { load } = compareReports(await inspect('flat-rank0.pt'), await inspect('flat-rank0.pt'))
  expect(load.unknownParts).toEqual(['_fsdp_wrapped_module._flat_param'])
})

test('an extra state is missing or unexpected as torch says it, tensor or not', async () => {
  // What torch 2.15 said of these two models and state dicts.
  const keys = [0, 1, 2, 3, 4, 5].map((i) => `"${i}._extra_state"`).join(', ')
  const [plain, extra] = [await inspect('no-extra-state.pt'), await inspect('extra-state.pt')]
  const message = (what: string) =>
    `Error(s) in loading state_dict for Module:\n\t${what} key(s) in state_dict: ${keys}. `
  expect(loadError(compareReports(extra, plain).load, true)).toBe(message('Unexpected'))
  expect(loadError(compareReports(plain, extra).load, true)).toBe(message('Missing'))
  expect(loadError(compareReports(extra, extra).load, true)).toBeNull()
})

test('a prefix that all names got is a rename of the values too', async () => {
  const report = await inspect('extra-state.pt')
  const wrapped = {
    ...report,
    stateDicts: report.stateDicts.map((one) => ({
      ...one,
      tensors: one.tensors.map((tensor) => ({ ...tensor, name: `module.${tensor.name}` })),
      values: (one.values ?? []).map((value) => ({ ...value, name: `module.${value.name}` })),
    })),
  }
  const { renames, values, loadRenamed } = compareReports(wrapped, report)
  expect(renames).toHaveLength(1)
  expect(values).toEqual([])
  expect(loadRenamed).toMatchObject({ missing: [], unexpected: [], strict: 'loads' })
})

test.each([
  ['  a  other  value', 'is not the name of a class'],
  ['  a  other  value  int  [2]', 'is more than the line may hold'],
  ['  a  parameter  F32  [2]  as dense', 'is not one of'],
  ['  a  parameter  F32  [2]  as sparse hyper', 'is not one of'],
  ['  a  parameter  F32  [2]  as shard DTensor', 'there is no shape'],
  ['  a  parameter  F32  [2]  as subclass X part', 'is not the name of a part'],
  ['  a  parameter  F32  [2]  as subclass X part b F33 [1]', 'is no element type'],
  ['  a  other  value int\n  a  other  value int', 'is in line'],
  ['  a  parameter  F32  [2]\n  a  other  value int', 'is in line'],
])('the line %j of a lock is refused', (line, problem) => {
  const text = `sdinspect-lock 1\ncheckpoint x\nlevel layout\ntotals 1 tensors  2 parameters  0 in buffers\n${line}\n`
  expect(() => parseLock(text)).toThrow(problem)
})
