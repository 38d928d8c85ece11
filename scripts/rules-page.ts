import { writeFileSync } from 'node:fs'
import { rules } from '../src/check/all-rules.ts'
import { rulesMarkdown } from '../src/render/markdown/rules-markdown.ts'

// Writes docs/rules.md from the catalogue of findings: npm run docs
writeFileSync('docs/rules.md', [...rulesMarkdown(rules)].join(''))
