import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { CheckSubject } from '../src/check/check-subject.ts'
import { PatternSteps } from '../src/check/policy/pattern-steps.ts'
import { fitsAny, TensorNames } from '../src/check/structure/tensor-names.ts'
import { CheckLocks } from '../src/cli/files/located-drift.ts'
import { defaultLimits } from '../src/limits.ts'
import { compilePattern } from '../src/model/names/pattern.ts'
import { checked, heldTo } from './helpers/check.ts'
import { runCli } from './helpers/run-cli.ts'

/** Steps that a match takes. */
function stepsOf(pattern: string, name: string): number {
  let steps = 0
  compilePattern(pattern, () => steps++)(name)
  return steps
}

test.each([['*{}'], ['{a,}'], ['**.'], ['{{a,b},}'], ['?*']])(
  '%s over and over takes steps for each of its characters and those of the name, and no more',
  (part) => {
    for (const times of [10, 100, 1_000]) {
      const pattern = `${part.repeat(times)}z`
      const name = 'a'.repeat(50)
      expect(stepsOf(pattern, name)).toBeLessThanOrEqual(6 * pattern.length * (name.length + 1))
    }
  },
)

test('all patterns of a policy together take no more steps than the limit', () => {
  const steps = new PatternSteps({ ...defaultLimits, patternSteps: 1_000 })
  const [one, other] = [steps.compile('**.a*b'), steps.compile('exact')]
  const all = () => {
    for (let i = 0; i < 1_000; i++) {
      one('m.a.b.c.ab')
      other('m.a.b.c.ab')
    }
  }
  expect(all).toThrow(expect.objectContaining({ code: 'limit/exceeded' }))
  const enough = new PatternSteps(defaultLimits)
  expect(enough.compile('**.a*b')('m.ab')).toBe(true)
})

test.each([
  'forbidden: ["**.z*"]',
  'allowed: ["**"]',
  'tensors: [{ match: "**.weight", dtype: F32 }]',
  'kinds: { buffer: ["**.z*"] }',
])('%s is counted', async (said) => {
  const folder = mkdtempSync(join(tmpdir(), 'sdinspect-steps-'))
  try {
    const policy = join(folder, 'sdinspect.yaml')
    writeFileSync(policy, `version: 1\n${said}\n`)
    const run = (limit: string) =>
      runCli(['check', 'fixtures/cnn.safetensors', '--config', policy, '--limit', `patternSteps=${limit}`])
    const { code, err } = await run('5')
    expect([code, err]).toEqual([2, expect.stringContaining('over the limit patternSteps=5')])
    expect((await run('1000000')).code).not.toBe(2)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

const subject = { stateDict: { tensors: [{ name: 'a.weight' }, { name: 'b' }] } } as unknown as CheckSubject

/** Patterns that count how often they are asked. */
function counting(texts: readonly string[]) {
  const asked = { times: 0 }
  const patterns = texts.map((text) => ({
    text,
    matches: (name: string) => {
      asked.times++
      return compilePattern(text)(name)
    },
  }))
  return { asked, patterns }
}

test('names in a policy are looked up, and only patterns are tried', () => {
  const names = Array.from({ length: 1_000 }, (_, i) => `n${i}`)
  const { asked, patterns } = counting([...names, 'a.weight', '*'])
  const isExpected = fitsAny(patterns)
  expect(['a.weight', 'b', 'x.y'].map(isExpected)).toEqual([true, true, false])
  const all = new TensorNames(subject)
  expect(patterns.filter((pattern) => all.isFitted(pattern)).map(({ text }) => text)).toEqual([
    'a.weight',
    '*',
  ])
  expect(all.fitting(patterns[1_000] as (typeof patterns)[number])).toEqual(['a.weight'])
  expect(asked.times).toBeLessThan(10)
})

test('of two entries of a policy that fit a tensor the later decides, names and patterns mixed', () => {
  const dtypes = (entries: string): readonly string[] =>
    checked(
      { 'a.w': ['F32', [2]], b: ['F16', [2]] },
      { options: heldTo(`version: 1\ntensors: [${entries}]\n`) },
    )
      .findings.filter(({ rule }) => rule === 'tensors/dtype')
      .map(({ tensor }) => tensor ?? '')
  expect(dtypes('{ match: "**", dtype: BF16 }, { match: a.w, dtype: F32 }')).toEqual(['b'])
  expect(dtypes('{ match: a.w, dtype: F32 }, { match: "**", dtype: F16 }')).toEqual(['a.w'])
  expect(dtypes('{ match: a.w, dtype: BF16 }, { match: a.w, dtype: F32 }, { match: b, dtype: F16 }')).toEqual(
    [],
  )
})

test('a lock is read and counted out once, however many paths are held to it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sdinspect-'))
  try {
    const lockFile = join(folder, 'x.lock')
    writeFileSync(lockFile, 'sdinspect-lock 1\n')
    const locks = new CheckLocks({ options: { lockFile, limits: {} } } as never)
    const [one, other] = [await locks.lockFor(null), await locks.lockFor(null)]
    expect(one?.file).toBe(other?.file)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('what has no room in memory ends with 2 and a sentence', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sdinspect-'))
  try {
    const file = join(folder, 'model.safetensors')
    const head = Buffer.alloc(100_000, ' ')
    head.writeBigUInt64LE(90_000_000n)
    head[8] = 0x7b
    writeFileSync(file, head)
    truncateSync(file, 90_000_008)
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--max-old-space-size=64', 'bin/sdinspect.js', file],
      {
        encoding: 'utf8',
      },
    )
    expect([status, stderr]).toEqual([2, expect.stringContaining("Node's heap has room for")])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a policy of many names that fit nothing makes a thousand findings, and counts the rest', () => {
  const names = Array.from({ length: 20_000 }, (_, i) => `n${i}`)
  const text = JSON.stringify({
    version: 1,
    allowed: ['w', ...names],
    tensors: names.map((match) => ({ match, count: 2 })),
  })
  const { findings } = checked({ w: ['F32', [1]] }, { options: heldTo(text) })
  const of = (rule: string) => findings.filter((finding) => finding.rule === rule)
  expect(of('policy/no-match')).toHaveLength(1_001)
  expect(of('policy/no-match').at(-1)?.message).toBe('19000 more allowed patterns fit no tensor')
  expect(of('tensors/required')).toHaveLength(1_001)
  expect(of('tensors/required').at(-1)?.message).toBe('19000 more patterns fit no tensor')
})
