import { writeFileSync } from 'node:fs'
import { damageTable } from './table.ts'

// Writes docs/damage.md: npm run docs
let page = ''
for await (const piece of damageTable()) page += piece
writeFileSync('docs/damage.md', page)
