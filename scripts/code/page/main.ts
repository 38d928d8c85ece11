// Writes what sdinspect code writes now into docs/code.md: npm run docs
import { writeFileSync } from 'node:fs'
import { page, readPage, shownOnPage, withTexts } from '../page.ts'

writeFileSync(page, withTexts(readPage(), await shownOnPage()))
