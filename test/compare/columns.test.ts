import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareStateDicts } from '../../src/compare/compare-state-dicts.ts'
import { loadInColumns } from '../../src/compare/loading/load-in-columns.ts'
import { loadEntryByEntry } from '../../src/compare/loading/load-state-dict.ts'
import { sameNames } from '../../src/compare/same-names.ts'
import { moduleTree } from '../../src/model/modules/tree.ts'
import { TextNames } from '../../src/model/names/name-column.ts'
import { makeStateDict, makeTensor } from '../render/make-report.ts'

const segment = fc.constantFrom(
  'a',
  'b',
  'layers',
  '0',
  '1',
  'weight',
  'bias',
  'num_batches_tracked',
  '',
  'é',
  '__proto__',
)
const name = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('.'))
const names = fc.uniqueArray(name, { maxLength: 24 })
const type = fc.constantFrom('F32', 'BF16', 'I64', 'F4', 'QI8', null)
const shape = fc.constantFrom<readonly number[]>([], [1], [2], [2, 4], [4, 2])
/** Mostly of modules that do nothing of their own: those are what columns are for. */
const plainName = fc.oneof(
  {
    weight: 40,
    arbitrary: fc
      .array(fc.constantFrom('a', 'b', '0', '1', 'weight', 'bias'), { minLength: 1, maxLength: 4 })
      .map((all) => all.join('.')),
  },
  { weight: 1, arbitrary: name },
)
const tensor = fc.record({
  name: plainName,
  dtype: type,
  shape,
  kind: fc.constantFrom('parameter', 'buffer'),
  trainable: fc.constantFrom('yes', 'no', 'unknown'),
  tiedTo: fc.option(fc.constant('a.weight'), { freq: 40 }),
})
const tensors = fc.uniqueArray(tensor, { selector: (one) => one.name, maxLength: 16 })
const stateDict = (list: readonly Parameters<typeof makeTensor>[0][]) =>
  makeStateDict(list.map((one) => makeTensor(one)))

describe('columns', () => {
  it('find the names that two lists share, as a map of texts does', () => {
    fc.assert(
      fc.property(fc.array(name, { maxLength: 24 }), fc.array(name, { maxLength: 24 }), (ours, theirs) => {
        const [tree, other] = [ours, theirs].map((list) => moduleTree(new TextNames(list)))
        if (tree === undefined || other === undefined) throw new Error('two lists make two trees')
        const { rows, isUnique } = sameNames(tree, other)
        const rowOf = new Map(theirs.map((one, index) => [one, index]))
        expect([...rows]).toEqual(ours.map((one) => rowOf.get(one) ?? -1))
        expect(isUnique).toBe(rowOf.size === theirs.length)
      }),
    )
  })

  it('find the modules that two trees share', () => {
    fc.assert(
      fc.property(names, names, (ours, theirs) => {
        const [tree, other] = [ours, theirs].map((list) => moduleTree(new TextNames(list)))
        if (tree === undefined || other === undefined) throw new Error('two lists make two trees')
        sameNames(tree, other).modules.forEach((found, module) => {
          const there = module === 0 ? 0 : (other.at(tree.path(module))?.index ?? -1)
          // The path of a module that is called nothing is that of the root.
          if (tree.path(module) !== '') expect(found).toBe(there)
        })
      }),
    )
  })

  it('load as entries one by one do, whatever they are', () => {
    let inColumns = 0
    fc.assert(
      fc.property(
        tensors,
        tensors,
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        (a, b, hasTiedNames, assign, renames) => {
          const [checkpoint, model] = [stateDict(a), stateDict(b)]
          const rename = (one: string) => one.replace(/^a\./, 'b.')
          const options = { hasTiedNames, assign, ...(renames ? { rename } : {}) }
          const columns = loadInColumns(checkpoint, model, options)
          if (columns === null) return
          inColumns++
          const { missing, missingModules, unexpected, copies } = columns
          const { copied, converted, mismatched, refused, undecided } = copies
          expect(loadEntryByEntry(checkpoint, model, options)).toMatchObject({
            missing,
            missingModules,
            unexpected,
            copied,
            converted,
            mismatched,
            refused,
            undecided,
            fatal: copies.fatal?.message ?? null,
          })
        },
      ),
      { numRuns: 2_000 },
    )
    expect(inColumns).toBeGreaterThan(500)
  })

  it('leave a load to the entries where a module does something of its own', () => {
    const norm = ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked']
    const model = stateDict(
      norm.map((leaf) => ({ name: `bn.${leaf}`, shape: leaf.startsWith('num') ? [] : [4] })),
    )
    const plain = stateDict([{ name: 'fc.weight', shape: [4, 4] }])
    expect(loadInColumns(plain, model, { hasTiedNames: true })).toBeNull()
    expect(loadInColumns(model, plain, { hasTiedNames: true })).toBeNull()
    expect(loadInColumns(plain, plain, { hasTiedNames: true })).not.toBeNull()
  })

  // torch.nn.Parameter of whole numbers: RuntimeError, whatever module it is in.
  it('refuse whole numbers in the place of a parameter that trains, with assign alone', () => {
    const of = (dtype: 'I64' | 'F32') =>
      stateDict([
        {
          name: 'a.weight',
          dtype,
          shape: [2, 4],
          kind: 'parameter',
          trainable: 'yes',
          trainableLevel: 'declared',
        },
      ])
    const load = (assign: boolean) =>
      loadInColumns(of('I64'), of('F32'), { hasTiedNames: true, assign })?.copies
    expect(load(false)).toMatchObject({ copied: 1, converted: 1, refused: [] })
    expect(load(true)).toMatchObject({
      copied: 0,
      refused: [
        {
          name: 'a.weight',
          reason: expect.stringContaining(
            'Only Tensors of floating point and complex dtype can require gradients',
          ),
        },
      ],
    })
  })

  it('find what changed in a tensor as the tensors say it', () => {
    fc.assert(
      fc.property(tensors, fc.func(type), fc.func(shape), (a, typeOf, shapeOf) => {
        const b = a.map((one) => ({ ...one, dtype: typeOf(one.name), shape: shapeOf(one.name) }))
        const { changes } = compareStateDicts(stateDict(a), stateDict(b))
        const changed = a.filter((one, index) => {
          const other = b[index] as (typeof b)[number]
          const isOtherType = one.dtype !== other.dtype && one.dtype !== null && other.dtype !== null
          return isOtherType || one.shape.join() !== other.shape.join()
        })
        expect(changes.map((change) => change.a)).toEqual(changed.map((one) => one.name))
      }),
    )
  })
})
