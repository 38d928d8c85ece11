import { readFileSync } from 'node:fs'
import { programOf } from '../../src/code/plan.ts'
import { pythonFile } from '../../src/code/python-file.ts'
import type { StateDictReport } from '../../src/model/report.ts'
import { inspectPaths } from '../../src/node.ts'
import { tensors } from '../pictures/deepseek-v3.js'
import { truthInputs } from './inputs.ts'
import { reportOfEntries } from './odd-inputs.ts'
import { type GroupResult, resultsMarkdown } from './table.ts'

/** What `docs/code.md` shows, by the name of its place there. */
export async function shownOnPage(): Promise<Map<string, string>> {
  const texts = new Map<string, string>()
  for (const { id, stateDict } of truthInputs('fixtures/code'))
    if (id === 'timm resnet50 ordered') texts.set('resnet50', written(stateDict, 'resnet50.pt'))
  for await (const outcome of inspectPaths(['fixtures/torch/lightning.ckpt'], {}))
    if ('report' in outcome)
      texts.set('unknown', written(outcome.report.stateDicts[0] as StateDictReport, 'unknown.ckpt'))
  texts.set(
    'deepseek-v3',
    written(reportOfEntries('DeepSeek-V3', [...tensors()], 'unrecorded'), 'DeepSeek-V3'),
  )
  return texts
}

function written(stateDict: StateDictReport, file: string): string {
  return [...pythonFile(programOf(stateDict), { file, at: stateDict.path, version: '' })]
    .join('')
    .replace('sdinspect .', 'sdinspect.')
}

/** What torch said when it was last asked: `npm run code:verify -- --table FOLDER...` writes it. */
export const resultsFile = 'docs/code.json'

/** The page with the table of these results. */
export function withTable(page: string, results: Readonly<Record<string, GroupResult>>): string {
  return page.replace(
    /(<!-- table -->\n\n)[\s\S]*?(\n<!-- \/table -->)/,
    (_, begin: string, end: string) => begin + resultsMarkdown(results) + end,
  )
}

export function readResults(): Readonly<Record<string, GroupResult>> {
  return JSON.parse(readFileSync(resultsFile, 'utf8'))
}

/** The page with these texts in their places: between a comment that names one and the end of the fence below it. */
export function withTexts(page: string, texts: ReadonlyMap<string, string>): string {
  return page.replace(
    /(<!-- made: (\S+) -->\n+```python\n)[\s\S]*?(```\n)/g,
    (whole, begin: string, name: string, end: string) => {
      const text = texts.get(name)
      return text === undefined ? whole : `${begin}${text}${end}`
    },
  )
}

export const page = 'docs/code.md'

export function readPage(): string {
  return readFileSync(page, 'utf8').replaceAll('\r\n', '\n')
}
