import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldNames } from '../../src/compare/fold-names.ts'
import { driftOf } from '../../src/lock/drift.ts'
import type { Lock, LockLevel } from '../../src/lock/lock.ts'
import { lockCheckpoint } from '../../src/lock/lock-checkpoint.ts'
import { labelNames, parseLabel } from '../../src/lock/lock-name.ts'
import { parseLock } from '../../src/lock/parse-lock.ts'
import { lockLines } from '../../src/lock/write-lock.ts'
import { nastyNames } from '../helpers/nasty-names.ts'
import { blocks, makeReport, makeStateDict, type TensorGiven } from '../render/make-report.ts'

const reportOf = (tensors: readonly TensorGiven[], path = 'models/a') =>
  makeReport([makeStateDict(tensors)], { path })
const textOf = (lock: Lock) => [...lockLines(lock)].join('\n')
const lockOf = (tensors: readonly TensorGiven[], level: LockLevel = 'layout'): Lock => ({
  checkpoints: [lockCheckpoint(reportOf(tensors), { level })],
})
/** The lock as it is after being written and read. */
const reread = (lock: Lock) => parseLock(textOf(lock)).checkpoints

const model: readonly TensorGiven[] = [
  ...blocks(32),
  { name: 'bn.running_mean', shape: [8], kind: 'buffer' },
  { name: 'head.weight', shape: [100, 8], tiedTo: 'model.embed.weight' },
  { name: 'scale', shape: [], kindLevel: 'assumed' },
  { name: 'frozen.weight', shape: [2], trainable: 'no', trainableLevel: 'declared' },
]

it.each(['level layout', 'state-dict ema', 'totals 1'])('says %s once of a checkpoint', (line) => {
  const lock = ['sdinspect-lock 1', 'checkpoint m.pt', line, line, ''].join('\n')
  expect(() => parseLock(lock)).toThrow(/said twice/)
})

describe('a lock', () => {
  it('is text that a person can review: blocks folded, in natural order', () => {
    expect(textOf(lockOf(model)).split('\n').slice(2)).toEqual([
      'sdinspect-lock 1',
      '',
      'checkpoint "models/a"',
      'level layout',
      'totals 101 tensors  3363 parameters  8 in buffers',
      '  bn.running_mean  buffer  F32  [8]',
      '  frozen.weight  parameter  F32  [2]  frozen',
      '  head.weight  parameter  F32  [100, 8]  = model.embed.weight',
      '  model.embed.weight  parameter  F32  [100, 8]',
      '  model.layers.{0..31}.norm.weight  parameter  F32  [8]',
      '  model.layers.{0..31}.proj.bias  parameter  F32  [8]',
      '  model.layers.{0..31}.proj.weight  parameter  F32  [8, 8]',
      '  scale  parameter?  F32  []',
    ])
  })

  it('is the same text whatever the order of the tensors', () => {
    expect(textOf(lockOf([...model].reverse()))).toBe(textOf(lockOf(model)))
  })

  it('comes back from its text, each tensor with its line', () => {
    const [locked] = reread(lockOf(model))
    expect(locked?.tensors.map(({ line, ...tensor }) => tensor)).toEqual(
      lockOf(model).checkpoints[0]?.tensors.map(({ line, ...tensor }) => tensor),
    )
    expect(locked?.tensors.find(({ name }) => name === 'model.layers.31.proj.bias')?.line).toBe(13)
    expect(locked).toMatchObject({ path: 'models/a', level: 'layout', line: 5 })
  })

  it('keeps any name as it is, in ASCII that no log takes for a command', () => {
    const nasty = nastyNames.map((name) => ({ name, shape: [1] }))
    const text = textOf({
      checkpoints: nastyNames.map((path) => ({
        ...lockCheckpoint(reportOf(nasty), { path }),
        stateDict: path,
      })),
    })
    expect(text).toMatch(/^[\x20-\x7e\n]*$/)
    expect(text).not.toMatch(/^\s*::|##\[|##vso|##teamcity|section_(start|end):/m)
    const parsed = parseLock(text).checkpoints
    expect(new Set(parsed.map(({ path }) => path))).toEqual(new Set(nastyNames))
    expect(new Set(parsed[0]?.tensors.map(({ name }) => name))).toEqual(new Set(nastyNames))
  })

  it('comes back from its text for all names there can be', () => {
    const segment = fc.oneof(
      fc.constantFrom('0', '1', '2', '10', '01', 'w', '{0..3}', '#', 'a,b', '..'),
      fc.string(),
    )
    const name = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('.'))
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 40 }), (names) => {
        const tensors = names.map((each, i) => ({ name: each, shape: [i % 2] }))
        const [locked] = reread(lockOf(tensors))
        expect(locked?.tensors.map(({ name: each, shape }) => [each, ...shape]).sort()).toEqual(
          tensors.map(({ name: each, shape }) => [each, ...shape]).sort(),
        )
      }),
      { examples: [[['.0', '', '.2']], [['-.0', '-.1']]] },
    )
  })

  it('folds to labels that stand for exactly the names', () => {
    const numbers = fc.uniqueArray(fc.tuple(fc.nat(6), fc.nat(6)), {
      minLength: 1,
      maxLength: 30,
      selector: String,
    })
    fc.assert(
      fc.property(numbers, (pairs) => {
        const names = pairs.map(([i, j]) => `layers.${i}.experts.${j}.w`)
        const folded = foldNames(
          names,
          (name) => name,
          () => '',
        )
        const back = folded.flatMap(({ label }) => labelNames(parseLabel(label) ?? { texts: [], sets: [] }))
        expect(back.sort()).toEqual([...names].sort())
        for (const { label, items } of folded)
          expect(labelNames(parseLabel(label) ?? { texts: [], sets: [] }).sort()).toEqual([...items].sort())
      }),
    )
  })

  const refused: readonly [what: string, text: string, message: string][] = [
    ['nothing', '', 'line 1, column 1: the file does not start with "sdinspect-lock 1"'],
    ['another file', '{"a": 1}', 'line 1, column 1: the file starts with "{\\"a\\":", not'],
    ['a later version', 'sdinspect-lock 2', 'line 1, column 16: the lock is of version 2'],
    [
      'a tensor of no checkpoint',
      'sdinspect-lock 1\n  a  buffer  F32  []',
      'line 2, column 1: a tensor comes before',
    ],
    [
      'a word that is none',
      'sdinspect-lock 1\nchekpoint a',
      'line 2, column 1: "chekpoint" is no word of a lock',
    ],
    [
      'a level that is none',
      'sdinspect-lock 1\ncheckpoint a\nlevel strict',
      'line 3, column 7: "strict" is no level',
    ],
    [
      'no level',
      'sdinspect-lock 1\ncheckpoint a\ntotals 0 tensors',
      'line 2, column 1: the checkpoint has no level',
    ],
    ['a kind that is none', body('  a  weight  F32  []'), 'line 5, column 6: "weight" is no kind'],
    ['a type that is none', body('  a  buffer  float  []'), 'line 5, column 14: "float" is no element type'],
    ['a shape that is none', body('  a  buffer  F32  4'), 'line 5, column 19: there is no shape'],
    [
      'a size that is none',
      body('  a  buffer  F32  [4, -1]'),
      'line 5, column 19: "-1" is no size of a dimension',
    ],
    ['elements past 2^53', body('  a  buffer  F32  [9007199254740991, 2]'), '"2" is no size of a dimension'],
    ['something more', body('  a  buffer  F32  [4]  trained'), 'line 5, column 24: "trained" is more than'],
    [
      'a tensor twice',
      body('  a.{0..3}  buffer  F32  [4]\n  a.2  buffer  F32  [4]'),
      'line 6, column 32: the tensor "a.2" is in line 5',
    ],
    [
      'a set that runs backwards',
      body('  a.{3..0}  buffer  F32  [4]'),
      'line 5, column 3: "a.{3..0}" is no name',
    ],
    ['an open quote', body('  "a  buffer  F32  [4]'), 'line 5, column 3: the quote is never closed'],
    [
      'wrong totals',
      body('  a  buffer  F32  [4]'),
      'the totals are "0 tensors  0 parameters  0 in buffers", and',
    ],
    [
      'a short digest',
      'sdinspect-lock 1\ncheckpoint a\nfile a 1 sha256:00',
      'line 3, column 10: the digest is not',
    ],
  ]
  for (const [what, text, message] of refused)
    it(`is refused with line and column for ${what}`, () => {
      expect(() => parseLock(text, { file: 'x.lock' })).toThrow(
        expect.objectContaining({
          code: 'usage/lock',
          file: 'x.lock',
          message: expect.stringContaining(message.split('column 32')[0] as string),
        }),
      )
    })

  it('makes no names before it knows that they are few', () => {
    expect(() => parseLock(body('  a.{0..999999999}.{0..999999}  buffer  F32  [1]'))).toThrow(
      expect.objectContaining({
        code: 'limit/exceeded',
        message: expect.stringContaining('lockTensors'),
      }),
    )
    expect(() => parseLock(body('  a.{0..9999998}  parameter  F32  [2]'))).toThrow('lockTensors')
    expect(() =>
      parseLock(body('  a.{0..9}  buffer  F32  [1]\n  b.{0..9}  buffer  F32  [1]'), {
        limits: { lockTensors: 15 },
      }),
    ).toThrow(expect.objectContaining({ code: 'limit/exceeded' }))
  })

  it('reads lines that end as on Windows, comments and blank lines', () => {
    const text = `# mine\n\n${textOf(lockOf(model)).replaceAll('\n', '\r\n')}\r\n\r\n# end`
    expect(parseLock(text).checkpoints[0]?.tensors).toHaveLength(101)
  })
})

function body(tensors: string): string {
  return `sdinspect-lock 1\ncheckpoint a\nlevel layout\ntotals 0 tensors  0 parameters  0 in buffers\n${tensors}`
}

describe('drift from a lock', () => {
  const driftsOf = (now: readonly TensorGiven[], level: LockLevel = 'layout') => {
    const [locked] = reread(lockOf(model, level))
    if (locked === undefined) throw new Error('there is one')
    return driftOf(locked, reportOf(now))
  }
  const change = (name: string, given: Partial<TensorGiven>) =>
    model.map((tensor) => (tensor.name === name ? ({ ...tensor, ...given } as TensorGiven) : tensor))
  const whats = (now: readonly TensorGiven[], level?: LockLevel) =>
    driftsOf(now, level).map(({ what, tensor }) => `${what} ${tensor}`)

  it('is none for what was locked, in any order, at any level', () => {
    for (const level of ['exact', 'layout', 'loadable', 'superset'] as const)
      expect(driftsOf([...model].reverse(), level)).toEqual([])
  })

  it('names the tensor, the line, and both what was and what is', () => {
    expect(driftsOf(change('model.layers.3.proj.weight', { dtype: 'BF16' }))).toEqual([
      {
        what: 'dtype',
        tensor: 'model.layers.3.proj.weight',
        message: 'tensor "model.layers.3.proj.weight" was F32, is BF16',
        change: 'was F32, is BF16',
        line: 14,
        args: { what: 'dtype', was: 'F32', is: 'BF16' },
      },
    ])
    expect(driftsOf(change('model.embed.weight', { shape: [120, 8] }))[0]?.message).toBe(
      'tensor "model.embed.weight" was [100, 8], is [120, 8], resized',
    )
  })

  it('counts by level', () => {
    const levels = ['layout', 'loadable', 'superset'] as const
    const found = (now: readonly TensorGiven[]) => levels.map((level) => driftsOf(now, level).length)
    expect(found(change('model.embed.weight', { shape: [120, 8] }))).toEqual([1, 1, 1])
    expect(found(model.slice(1))).toEqual([1, 1, 1])
    expect(found([...model, { name: 'more', shape: [1] }])).toEqual([1, 1, 0])
    expect(found(change('bn.running_mean', { dtype: 'F64' }))).toEqual([1, 0, 0])
    expect(found(change('bn.running_mean', { kind: 'parameter' }))).toEqual([1, 0, 0])
    expect(found(change('head.weight', { tiedTo: null }))).toEqual([1, 0, 0])
    expect(found(change('scale', { trainable: 'no', trainableLevel: 'declared' }))).toEqual([1, 0, 0])
  })

  it('tells a rename as a rename', () => {
    const now = model.map((tensor) => ({
      ...tensor,
      name: `module.${tensor.name}`,
      ...(tensor.tiedTo ? { tiedTo: `module.${tensor.tiedTo}` } : {}),
    }))
    const drifts = driftsOf(now)
    expect(drifts).toHaveLength(101)
    expect(new Set(drifts.map(({ what }) => what))).toEqual(new Set(['renamed']))
    expect(drifts[0]?.message).toBe('tensor "bn.running_mean" is now called "module.bn.running_mean"')
  })

  it('takes an assumed kind, and trainability nobody recorded, for no drift', () => {
    expect(whats(change('scale', { kind: 'buffer' }))).toEqual([])
    const doubtful = { kind: 'parameter', kindLevel: 'assumed' } as const
    expect(whats(change('bn.running_mean', doubtful))).toEqual([])
    expect(whats(change('frozen.weight', { trainable: 'unknown', trainableLevel: 'assumed' }))).toEqual([])
  })

  it('compares the bytes of files at the level exact alone', () => {
    const files = [{ name: 'a.safetensors', bytes: 8, sha256: 'a'.repeat(64) }]
    const text = textOf({ checkpoints: [lockCheckpoint(reportOf(model), { level: 'exact', files })] })
    expect(text).toContain(`\nfile a.safetensors 8 sha256:${'a'.repeat(64)}\n`)
    const [locked] = parseLock(text).checkpoints
    if (locked === undefined) throw new Error('there is one')
    expect(driftOf(locked, reportOf(model), files)).toEqual([])
    const messages = (now: typeof files) =>
      driftOf(locked, reportOf(model), now).map(({ message }) => message)
    expect(messages([{ ...files[0], sha256: 'b'.repeat(64) } as (typeof files)[0]])).toEqual([
      'file "a.safetensors" has another content: sha256 aaaaaaaaaaaa…, now bbbbbbbbbbbb…',
    ])
    expect(messages([{ ...files[0], bytes: 9 } as (typeof files)[0]])).toEqual([
      'file "a.safetensors" was 8 bytes, is 9',
    ])
    expect(messages([])).toEqual(['file "a.safetensors" is not there'])
  })
})
