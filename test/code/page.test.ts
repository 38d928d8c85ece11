import { expect, test } from 'vitest'
import { readPage, readResults, shownOnPage, withTable, withTexts } from '../../scripts/code/page.ts'

test('docs/code.md shows what is written now, which npm run docs puts there', async () => {
  const texts = await shownOnPage()
  const page = readPage()
  expect(withTexts(page, texts) === page).toBe(true)
  for (const name of texts.keys()) expect(page).toContain(`<!-- made: ${name} -->`)
})

test('its table is what torch said: npm run code:verify -- --table writes docs/code.json', () => {
  const page = readPage()
  const results = readResults()
  expect(withTable(page, results) === page).toBe(true)
  expect(page).toContain('<!-- /table -->')
  // Every model of the libraries in every form, and nothing that torch does not take.
  for (const [group, { written, exact }] of Object.entries(results))
    expect([group, exact]).toEqual([group, written])
})

test('DeepSeek-V3 is at most 150 lines', async () => {
  const text = (await shownOnPage()).get('deepseek-v3') ?? ''
  expect(text).toContain('for _ in range(58)')
  expect(text.split('\n').length - 1).toBeLessThanOrEqual(150)
})
