import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { damages } from '../../scripts/damage/cases.ts'
import { damageFound } from '../../scripts/damage/found.ts'
import { damageTable } from '../../scripts/damage/table.ts'

describe('real damage', () => {
  test('is of at least thirty kinds', () => {
    expect(new Set(damages.map(({ what }) => what)).size).toBeGreaterThanOrEqual(30)
  })

  for (const damage of damages)
    test(`${damage.what}: ${damage.rule} says so, and the good checkpoint has no finding`, async () => {
      const { good, damaged } = await damageFound(damage)
      expect(good.findings).toEqual([])
      expect(good.status).toBe('pass')
      const found = damaged.findings.filter(({ rule }) => rule === damage.rule)
      expect(found.length, JSON.stringify(damaged.findings)).toBeGreaterThan(0)
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
