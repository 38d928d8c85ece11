// Writes what sdinspect code writes now into docs/code.md: npm run docs
import { writeFileSync } from 'node:fs'
import { page, readPage, readResults, shownOnPage, withTable, withTexts } from '../page.ts'

writeFileSync(page, withTable(withTexts(readPage(), await shownOnPage()), readResults()))
