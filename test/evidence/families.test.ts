import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkpointOf as ofTruth, readTruth } from '../../scripts/accuracy/truth.ts'
import { subjectOf } from '../../src/classify.ts'
import { familiesOf, singleFamilies } from '../../src/evidence/families.ts'
import { resolve } from '../../src/evidence/resolve.ts'
import type { Checkpoint } from '../../src/model/checkpoint.ts'
import type { DType } from '../../src/model/tensors/dtype.ts'
import { openPaths } from '../../src/node.ts'
import { checkpointOf, type Entries, plainMap, type Surrounding } from '../helpers/checkpoint.ts'

/** Everything that is concluded of each state dict of a checkpoint, families taken together or each module alone. */
function concluded(checkpoint: Checkpoint, together: boolean): unknown[] {
  return checkpoint.stateDicts.map((stateDict) => {
    const subject = subjectOf(checkpoint, stateDict)
    const { tree, table } = subject
    const families = together ? familiesOf(tree, table) : singleFamilies(tree)
    const { verdicts, pool, book, findings } = resolve(subject, table.keys(), families)
    return {
      tensors: Array.from(table.keys(), (index) => [
        table.name(index),
        pool[verdicts[index] as number],
        book.quantisations.at(index),
        book.traces.get(index),
      ]),
      modules: Array.from({ length: tree.size }, (_, module) => [tree.path(module), book.classes.at(module)]),
      notes: book.notes,
      findings,
    }
  })
}

function expectSame(checkpoint: Checkpoint): void {
  expect(concluded(checkpoint, true)).toEqual(concluded(checkpoint, false))
}

/** The parts of models that differ in one thing, which a family must not reach over. */
const block = fc.constantFrom<(at: string) => Entries>(
  (at) => ({ [`${at}.norm.weight`]: ['F32', [8]], [`${at}.norm.bias`]: ['F32', [8]] }),
  (at) => ({
    [`${at}.norm.weight`]: ['F32', [8]],
    [`${at}.norm.bias`]: ['F32', [8]],
    [`${at}.norm.running_mean`]: ['F32', [8]],
    [`${at}.norm.running_var`]: ['F32', [8]],
  }),
  (at) => ({ [`${at}.conv.weight`]: ['F32', [8, 4, 3, 3]], [`${at}.conv.bias`]: ['F32', [8]] }),
  (at) => ({ [`${at}.attn.bias`]: ['F32', [1, 1, 4, 4]], [`${at}.attn.proj.weight`]: ['F32', [8, 8]] }),
  (at) => ({ [`${at}.proj.qweight`]: ['I32', [4, 8]], [`${at}.proj.scales`]: ['F16', [1, 8]] }),
  (at) => ({
    [`${at}.proj.weight`]: ['U8', [8]],
    [`${at}.proj.weight.absmax`]: ['F32', [2]],
    [`${at}.proj.weight.quant_map`]: ['F32', [16]],
  }),
  (at) => ({ [`${at}.proj._weight_qdata`]: ['I8', [8, 8]], [`${at}.proj._weight_scale`]: ['F32', [8]] }),
  (at) => ({ [`${at}.loss.weight`]: ['F32', [8]] }),
  (at) => ({ [`${at}.proj.lora_A.weight`]: ['F32', [2, 8]], [`${at}.proj.alpha`]: ['F32', []] }),
  (at) => ({ [`${at}.rope.inv_freq`]: ['F32', [4]] }),
  (at) => ({ [`${at}.steps`]: ['I64', []], [`${at}.scale`]: ['F32', [1]] }),
)

/** One thing of one tensor that is otherwise. */
type Change = (name: string, entry: readonly [DType | null, readonly number[]]) => Entries
const change = fc.constantFrom<Change>(
  (name, [, shape]) => ({ [name]: ['F16', shape] }),
  (name, [, shape]) => ({ [name]: [null, shape] }),
  (name, [dtype]) => ({ [name]: [dtype, [3]] }),
  (name, [dtype, shape]) => ({ [`${name}_`]: [dtype, shape] }),
  (name, entry) => ({ [name]: entry, [`${name}.deeper`]: entry }),
  (name, entry) => ({ [name]: entry, [name.replace(/[^.]+$/, 'mask')]: ['BOOL', [8]] }),
  () => ({}),
)
const around = fc.constantFrom<Surrounding>(
  {},
  { order: 'registration' },
  { role: 'optimizer' },
  { metadata: { 'm.0.proj.weight': 'Int4', 'm.2.proj.weight': 'Int8' } },
  { side: { config: plainMap({ quantization_config: { bits: 4, group_size: 8 } }) } },
  { facts: { oldLayout: true } },
  { facts: { integralLists: new Set(['m.1.steps']) } },
)

/** Blocks, each of several parts, nearly all alike; then other things around them. */
const model = fc
  .record({
    parts: fc.array(block, { minLength: 1, maxLength: 3 }),
    names: fc.constantFrom(
      ['0', '1', '2', '3'],
      ['0', '1', 'a', '2'],
      ['h0', 'h1', 'h2', 'h3'],
      ['0', '00', '1', '10'],
    ),
    at: fc.nat({ max: 200 }),
    change,
    outer: fc.constantFrom('m', 'm.n', 'loss', 'parametrizations', 'm.0'),
    beside: fc.option(block, { nil: undefined }),
    tie: fc.boolean(),
  })
  .map(({ parts, names, at, change, outer, beside, tie }): Entries => {
    const entries: [string, Entries[string]][] = names.flatMap((name) =>
      parts.flatMap((part) => Object.entries(part(`${outer}.${name}`))),
    )
    const [name, entry] = entries[at % entries.length] as [string, readonly [DType | null, readonly number[]]]
    const changed = Object.fromEntries(
      entries.flatMap((one) => (one[0] === name ? Object.entries(change(name, entry)) : [one])),
    )
    const [kept] = Object.keys(changed)
    return {
      ...changed,
      ...beside?.(outer),
      ...(tie && kept !== undefined && typeof changed[kept] !== 'string'
        ? { [`${outer}.tied.weight`]: kept }
        : {}),
    }
  })

describe('families come to what each module alone comes to', () => {
  it('on every fixture', async () => {
    let count = 0
    for (const folder of ['fixtures', 'fixtures/torch', 'fixtures/diff'])
      for (const name of readdirSync(folder))
        for await (const opened of openPaths([`${folder}/${name}`])) {
          if ('error' in opened) continue
          expectSame(opened.checkpoint)
          count++
        }
    expect(count).toBeGreaterThan(30)
  })

  it('on blocks that differ in one thing', () => {
    fc.assert(
      fc.property(model, around, (entries, surrounding) => expectSame(checkpointOf(entries, surrounding))),
      { numRuns: 1_500 },
    )
  })

  it.each(['dropped', 'ordered', 'metadata'] as const)('on the truth, shown as %s', (view) => {
    let count = 0
    for (const model of readTruth(process.env.SDINSPECT_TRUTH ?? 'fixtures/truth')) {
      expectSame(ofTruth(model, view))
      count++
    }
    expect(count).toBeGreaterThan(50)
  })
})

describe('families', () => {
  it('are as few as there are different blocks', () => {
    const entries: Entries = Object.fromEntries(
      Array.from({ length: 60 }, (_, layer) => [
        [`layers.${layer}.norm.weight`, ['F32', [8]] as const],
        [`layers.${layer}.proj.weight`, ['F32', [layer === 7 ? 4 : 8, 8]] as const],
      ]).flat(),
    )
    const [stateDict] = checkpointOf(entries).stateDicts
    if (stateDict === undefined) throw new Error('no state dict')
    const { tree, table } = subjectOf(checkpointOf(entries), stateDict)
    expect(familiesOf(tree, table).map(({ length }) => length)).toEqual([59, 59, 1, 1])
  })
})
