import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { type Listed, ours } from '../../../scripts/differential/pickle/ours.ts'
import { isSame } from '../../../scripts/differential/pickle/same.ts'

type Case = readonly [stream: string, answers: readonly (readonly Listed[] | 'too much' | null)[]]

const cases = JSON.parse(
  gunzipSync(readFileSync('fixtures/torch/pickles/sample.json.gz')).toString(),
) as readonly Case[]

test('what is shown of a pickle is what both unpicklers of torch 2.15 build of it', () => {
  const seen = { same: 0, refused: 0, unfollowed: 0, alone: 0 }
  for (const [stream, answers] of cases) {
    const shown = ours(Buffer.from(stream, 'base64'))
    if (shown === 'refused' || shown === 'unfollowed') seen[shown]++
    else if (answers.every((answer) => answer === null)) seen.alone++
    else {
      expect(isSame(shown, answers), `${stream}: ${JSON.stringify(shown)}`).toBe(true)
      seen.same++
    }
  }
  // Most of what torch takes is shown, or the comparison would say little.
  const taken = cases.filter(([, answers]) => answers.some((answer) => answer !== null)).length
  expect(seen.same).toBeGreaterThan(0.7 * taken)
  expect(seen.alone).toBeLessThan(0.05 * cases.length)
})
