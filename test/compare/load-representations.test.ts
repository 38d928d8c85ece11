import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { loadError, loadStateDict } from '../../src/compare/loading/load-state-dict.ts'
import type { DType } from '../../src/model/tensors/dtype.ts'
import type { RepresentationReport } from '../../src/model/tensors/representation.ts'
import { makeStateDict, makeTensor } from '../render/make-report.ts'

/** What torch itself said of each kind of tensor copied into each other: fixtures/generate/load_representations.py. */
const oracle = JSON.parse(
  gunzipSync(
    readFileSync(new URL('../../fixtures/diff/load-representations.json.gz', import.meta.url)),
  ).toString(),
) as {
  readonly entries: Readonly<Record<string, Entry>>
  readonly messages: readonly string[]
  readonly cases: readonly (
    | {
        readonly model: string
        readonly parameter: boolean
        readonly checkpoint: string
        readonly said: number | null
      }
    | {
        readonly what: string
        readonly model: readonly Entry[]
        readonly checkpoint: readonly Entry[]
        readonly said: number | null
      }
  )[]
}

interface Entry {
  readonly name: string
  readonly value?: string
  readonly dtype: DType | null
  readonly shape: readonly number[]
  readonly representation:
    | (Omit<RepresentationReport, 'attributes'> & { readonly attributes?: readonly string[] })
    | null
}

function stateDict(entries: readonly Entry[], kind: 'parameter' | 'buffer', className: string) {
  const tensors = entries.filter(({ value }) => value === undefined)
  const made = makeStateDict(
    tensors.map(({ name, dtype, shape, representation }) => {
      const { attributes, ...rest } = representation ?? { attributes: undefined }
      const attributesOf = attributes?.map((attribute) => ({ name: attribute, value: 'something' }))
      const as = { ...rest, ...(attributesOf === undefined ? {} : { attributes: attributesOf, summary: '' }) }
      return {
        ...makeTensor({ name, dtype, shape, kind }),
        ...(representation === null ? {} : { representation: as as RepresentationReport }),
      }
    }),
    { modules: [{ path: '', classes: [className], detail: '', level: 'declared' }], order: 'registration' },
  )
  return {
    ...made,
    values: entries.flatMap(({ name, value }) =>
      value === undefined
        ? []
        : [{ name, position: 0, kind: 'other' as const, type: value, description: value }],
    ),
  }
}

/**
 * What depends on values, or on attributes that are told in words only, is told from its beginning on. One class of
 * torchao into another is refused by the first attribute that it lacks, which only the classes know.
 */
const begins =
  /^.*?(changing the number of sparse dimensions \(from \d to \d\) on a non-empty sparse tensor is not supported\.|Not supported args for copy_)/s

describe('what load_state_dict says of tensors that are not dense', () => {
  for (const one of oracle.cases) {
    const isPair = !('what' in one)
    const title = isPair
      ? `${one.checkpoint} into ${one.model}${one.parameter ? ', a parameter' : ''}`
      : one.what
    it(`is what torch says of ${title}`, () => {
      const entriesOf = (which: 'model' | 'checkpoint') =>
        isPair ? [oracle.entries[one[which]] as Entry] : one[which]
      const verdict = loadStateDict(
        stateDict(entriesOf('checkpoint'), 'buffer', 'Net'),
        stateDict(
          entriesOf('model'),
          isPair && !one.parameter ? 'buffer' : 'parameter',
          isPair ? 'Net' : 'Linear',
        ),
        { hasTiedNames: true },
      )
      const torch = one.said === null ? null : (oracle.messages[one.said] as string)
      for (const strict of [true, false]) {
        const said = loadError(verdict, strict)
        if (verdict.undecided.length > 0) expect(verdict.lenient).toBe('unknown')
        else if (said !== null && torch !== null && begins.test(said))
          expect(begins.test(torch) ? begins.exec(said)?.[0] : '').toBe(begins.exec(torch)?.[0] ?? '')
        else expect(said).toBe(torch)
      }
      const outcome = torch === null ? 'loads' : 'raises'
      if (verdict.undecided.length === 0)
        expect([verdict.strict, verdict.lenient]).toEqual([outcome, outcome])
    })
  }
})
