import { writeFileSync } from 'node:fs'
import { schemaText, validatorCode } from './schema.ts'

// Writes the schema of policies and what checks policies against it: npm run docs
writeFileSync('schema/policy.v1.json', schemaText)
writeFileSync('src/cli/files/policy-validator.generated.js', validatorCode())
