import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { loadError, loadStateDict } from '../../src/compare/loading/load-state-dict.ts'
import { dtypeOfTorch } from '../../src/model/tensors/dtype.ts'
import { makeStateDict, makeTensor } from '../render/make-report.ts'

type Entry = readonly [string, string, readonly number[]]

/** What torch itself reported of real modules: fixtures/generate/load_state_dict.py. */
const oracle = JSON.parse(
  gunzipSync(
    readFileSync(new URL('../../fixtures/diff/load-state-dict.json.gz', import.meta.url)),
  ).toString(),
) as {
  cases: readonly {
    what: string
    model: string
    hasVersions: boolean
    checkpoint: readonly Entry[]
    entries: readonly Entry[]
    strict: string | null
    lenient: string | null
    missing?: readonly string[]
    unexpected?: readonly string[]
  }[]
}

const stateDict = (entries: readonly Entry[], className = 'Net') =>
  makeStateDict(
    entries.map(([name, dtype, shape]) => makeTensor({ name, shape, dtype: dtypeOfTorch(dtype) ?? null })),
    { modules: [{ path: '', classes: [className], detail: '', level: 'declared' }], order: 'registration' },
  )

/** Batch norms, whose version is 2 (torch/nn/modules/batchnorm.py). */
const normsOf = (entries: readonly Entry[]) =>
  entries.flatMap(([name]) => (/running_mean$/.test(name) ? [name.replace(/\.?running_mean$/, '')] : []))

describe('what load_state_dict would find', () => {
  for (const { what, model, hasVersions, checkpoint, entries, ...found } of oracle.cases)
    it(`is what torch says of ${what}`, () => {
      const versions = [{ version: 2, modules: normsOf(checkpoint) }]
      const savedAs = {
        class: 'collections.OrderedDict',
        isMapping: true,
        ...(hasVersions ? { versions } : {}),
      }
      const verdict = loadStateDict({ ...stateDict(checkpoint), savedAs }, stateDict(entries, model), {
        hasTiedNames: true,
      })
      expect(loadError(verdict, true)).toBe(found.strict)
      expect(loadError(verdict, false)).toBe(found.lenient)
      if (found.missing !== undefined) expect(verdict.missing).toEqual(found.missing)
      if (found.unexpected !== undefined) expect(verdict.unexpected).toEqual(found.unexpected)
      expect(verdict.strict).toBe(found.strict === null ? 'loads' : 'raises')
      expect(verdict.lenient).toBe(found.lenient === null ? 'loads' : 'raises')
    })

  it('misses the tied names that safetensors leaves out, and says that they are tied', () => {
    const names = makeStateDict([
      { name: 'emb.weight', shape: [4, 2] },
      { name: 'head.weight', shape: [4, 2], tiedTo: 'emb.weight' },
    ])
    const verdict = loadStateDict(names, names, { hasTiedNames: false })
    expect(verdict).toMatchObject({ missing: ['head.weight'], tied: ['head.weight'], strict: 'raises' })
    expect(loadStateDict(names, names, { hasTiedNames: true })).toMatchObject({
      missing: [],
      strict: 'loads',
    })
  })
})
