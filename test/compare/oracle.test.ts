import { readFileSync } from 'node:fs'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { judge, pairsIn } from '../../scripts/oracle/judge.ts'

const unzipped = (name: string) =>
  (name.endsWith('.br') ? brotliDecompressSync : gunzipSync)(
    readFileSync(new URL(`../../fixtures/diff/oracle/${name}`, import.meta.url)),
  )
const pairs = [...pairsIn(unzipped('pairs.jsonl.gz').toString('utf8'), unzipped('files.bin.br'))]

describe('the verdict on files that torch wrote', () => {
  const groups = new Map<string, (typeof pairs)[number][]>()
  for (const one of pairs) groups.set(one[0].group, [...(groups.get(one[0].group) ?? []), one])
  for (const [group, members] of groups)
    it(`is what torch says: ${group}`, async () => {
      let known = 0
      for (const one of members) {
        const { pair, outcome, wrong } = await judge(...one)
        expect(wrong, pair.what).toEqual(outcome === 'not known' ? wrong : [])
        if (outcome === 'as torch') known++
      }
      expect(known).toBeGreaterThan(members.length / 3)
    })

  it('is seen to be wrong when torch says something else', async () => {
    const loads = pairs.find(
      ([{ strict, kind }]) => kind === 'module' && strict === null,
    ) as (typeof pairs)[number]
    const [pair, a, b] = loads
    const said = [
      'RuntimeError',
      'Error(s) in loading state_dict for Net:\n\tMissing key(s) in state_dict: "x". ',
    ] as const
    expect((await judge({ ...pair, strict: said }, a, b)).outcome).toBe('wrong')
  })
})
