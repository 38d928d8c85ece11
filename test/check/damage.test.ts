import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { damages } from '../../scripts/damage/cases.ts'
import { damageFound } from '../../scripts/damage/found.ts'
import { damageTable } from '../../scripts/damage/table.ts'
import { withCausesFirst } from '../../src/check/findings/causes.ts'

describe('real damage', () => {
  test('is of at least 120 kinds', () => {
    expect(new Set(damages.map(({ what }) => what)).size).toBeGreaterThanOrEqual(120)
  })

  for (const damage of damages)
    test(`${damage.what}: ${damage.rule} says so and no other rule, and the good checkpoint has no finding`, async () => {
      const { good, damaged } = await damageFound(damage)
      expect(good.findings).toEqual([])
      expect(good.status).toBe('pass')
      const found = damaged.findings.filter(({ rule }) => rule === damage.rule)
      // What follows from a cause is told with it.
      const told = new Set(withCausesFirst(damaged.findings).map(({ finding }) => finding.rule))
      expect([...told], JSON.stringify(damaged.findings)).toEqual([damage.rule])
      const named = found.some(({ tensor, message, file }) =>
        `${tensor} ${message} ${file}`.includes(damage.names),
      )
      expect(named, JSON.stringify(found)).toBe(true)
      for (const { fix } of found) expect(fix).toBeTruthy()
    })

  test('is in docs/damage.md as it is found: npm run docs writes it', async () => {
    let page = ''
    for await (const piece of damageTable()) page += piece
    expect(readFileSync('docs/damage.md', 'utf8')).toBe(page)
  })
})
