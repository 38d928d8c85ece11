import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { validatorCode } from './schema.ts'

// Writes what checks policies against their schema: npm run build. It is not committed: 175 kB that follow from the schema.
const file = 'src/cli/files/policy-validator.generated.js'
const code = validatorCode()
if (!existsSync(file) || readFileSync(file, 'utf8') !== code) writeFileSync(file, code)
