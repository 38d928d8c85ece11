import { writeFileSync } from 'node:fs'
import { schemaText } from './schema.ts'

// Writes the schema of policies: npm run docs
writeFileSync('schema/policy.v1.json', schemaText)
