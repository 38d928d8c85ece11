import { writeFileSync } from 'node:fs'
import { rules } from '../src/check/rules/index.ts'
import { rulesMarkdown } from '../src/render/markdown/rules-markdown.ts'

// Writes docs/rules.md from the rules: npm run docs
writeFileSync('docs/rules.md', [...rulesMarkdown(rules)].join(''))
