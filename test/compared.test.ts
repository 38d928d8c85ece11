import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { runs, withAnswers } from '../scripts/compared/runs.ts'

const page = readFileSync('docs/compared.md', 'utf8')
const answers = JSON.parse(readFileSync('docs/compared.json', 'utf8'))

it('docs/compared.md says of other tools what they said: npm run compared asks them and writes it', () => {
  expect(answers).toHaveLength(runs.length)
  expect(withAnswers(page, answers)).toBe(page)
})
