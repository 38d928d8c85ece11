import { readFileSync, writeFileSync } from 'node:fs'
import { commands } from '../../src/cli/commands/index.ts'
import { version } from '../../src/version.ts'
import { limitsWithReasons } from './limits.ts'
import { manualPage } from './page.ts'

// Writes man/sdinspect.1 from the table of commands and flags: npm run docs
const limits = limitsWithReasons(readFileSync('src/limits.ts', 'utf8'))
writeFileSync('man/sdinspect.1', manualPage({ version, commands, limits }))
