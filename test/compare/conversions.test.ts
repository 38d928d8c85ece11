import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { renamesPage } from '../../scripts/renames/page.ts'
import { conversionsOf, score } from '../../scripts/renames/score.ts'

const conversions = conversionsOf(new URL('../../fixtures/diff/conversions.json.br', import.meta.url))
type Entries = (typeof conversions)[number]['a']
/** As safetensors lists them. */
const sorted = (entries: Entries): Entries =>
  Object.fromEntries(Object.entries(entries).sort(([x], [y]) => (x < y ? -1 : 1)))
const turned = (map: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(map).map(([x, y]) => [y, x]))

describe('renames of real conversions', () => {
  it('are of thirty and more', () => expect(conversions.length).toBeGreaterThanOrEqual(30))

  for (const conversion of conversions)
    it(`are as published: ${conversion.what}`, () => {
      const { keys, right, wrong } = score(conversion)
      expect(wrong).toEqual([])
      expect(right / keys).toBeGreaterThan(0.95)
    })

  for (const { a, b, map, ...rest } of conversions)
    it(`are as published, of names in alphabetical order and the other way round: ${rest.what}`, () => {
      const back = score({ ...rest, a: b, b: a, map: turned(map) })
      const alphabetical = score({ ...rest, a: sorted(a), b: sorted(b), map })
      expect([...back.wrong, ...alphabetical.wrong]).toEqual([])
      expect(Math.min(back.right, alphabetical.right) / back.keys).toBeGreaterThan(0.95)
    })

  it('are on the page as they are found', () => {
    const page = readFileSync(new URL('../../docs/renames.md', import.meta.url), 'utf8')
    expect(page).toBe(renamesPage(conversions.map(score)).page)
  })
})
