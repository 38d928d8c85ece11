import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { rules } from '../../src/check/all-rules.ts'
import { rulesMarkdown } from '../../src/render/markdown/rules-markdown.ts'

test('docs/rules.md is what the rules say: npm run docs writes it', () => {
  expect(readFileSync('docs/rules.md', 'utf8')).toBe([...rulesMarkdown(rules)].join(''))
})
