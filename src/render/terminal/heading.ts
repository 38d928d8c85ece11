import { inspectionOf } from '../../model/inspection.ts'
import { wrapperPrefixes } from '../../model/names/prefixes.ts'
import type { Report, StateDictReport } from '../../model/report.ts'
import { classSpans } from '../class-name.ts'
import { fileFacts, modelFacts } from '../heading-facts.ts'
import { nameForOutput, sentence } from '../text.ts'
import { wrapped } from '../width.ts'
import { linesWithin } from './lines-within.ts'
import { defaultColumns, type Theme } from './theme.ts'

/** Who this checkpoint is: path, how large a model, in which files; then what is special about its names. */
export function* headingLines(
  report: Report,
  stateDict: StateDictReport | null,
  theme: Theme,
): Generator<string> {
  const dot = ` ${theme.glyphs.dot} `
  yield* titleLines(report, stateDict, theme)
  // A fact stays on one line: its spaces are hidden from the wrapping.
  const joined = (facts: readonly string[]): string =>
    facts.map((fact) => sentence(fact, theme.ascii).replaceAll(' ', '\u00a0')).join(dot)
  for (const line of wrapped(joined(modelFacts(stateDict)), theme.columns ?? defaultColumns * 2))
    if (line !== '') yield line.replaceAll('\u00a0', ' ')
  yield* quietly(joined(fileFacts(report, stateDict)), theme)
  if (stateDict === null) return
  for (const note of stateDict.notes) yield* quietly(sentence(note, theme.ascii), theme)
  const { prefixes } = stateDict
  if (prefixes.length > 0) {
    const causes = prefixes
      .map((prefix) => wrapperPrefixes.get(prefix))
      .filter((cause) => cause !== undefined)
    const because = causes.length === 0 ? '' : ` (${[...new Set(causes)].join(', ')})`
    yield* quietly(`all names start with ${nameForOutput(prefixes.join(''), theme.ascii)}${because}`, theme)
  }
}

/** The path, and the class of the whole model where it is known. */
function* titleLines(report: Report, stateDict: StateDictReport | null, theme: Theme): Generator<string> {
  const path = theme.paint('strong', sentence(report.path, theme.ascii))
  const root = stateDict === null ? undefined : inspectionOf(stateDict).classes.at(0)
  if (root === undefined) yield path
  else {
    const name = classSpans(root, theme).map(({ text, style = 'plain' }) => theme.paint(style, text))
    yield* linesWithin([`${path}  ${name.join('')}`], theme)
  }
}

function* quietly(text: string, theme: Theme): Generator<string> {
  for (const line of wrapped(text, theme.columns ?? defaultColumns * 2))
    yield theme.paint('quiet', line.replaceAll('\u00a0', ' '))
}
