import { entriesOf } from '../../model/entries.ts'
import type { Report, StateDictReport, TensorReport, ValueReport } from '../../model/report.ts'
import { representationText } from '../../model/tensors/representation-text.ts'
import { keptTexts } from '../kept-text.ts'
import { count, printable, sizeText } from '../text.ts'

/** The tensors of a report as a table for a pull request or a wiki page. */
export function* tensorsMarkdown(report: Report): Generator<string> {
  yield `${heading(report)}\n`
  for (const stateDict of report.stateDicts) yield* tensorTable(stateDict)
}

/** Identity, totals and findings of a report, and its tensors folded away. */
export function* reportMarkdown(report: Report): Generator<string> {
  yield `${heading(report)}\n\n`
  yield `${[report.format, report.producer]
    .filter((part) => part !== null)
    .map((part) => code(part))
    .join(', ')}\n`
  for (const finding of report.findings)
    yield `\n- **${finding.level}** ${code(finding.rule)} ${code(finding.message)}`
  if (report.findings.length > 0) yield '\n'
  for (const stateDict of report.stateDicts) {
    yield* totalsTable(stateDict)
    for (const text of keptTexts(stateDict)) yield `\nKept as: ${code(text)}\n`
    yield `\n<details><summary>${count(stateDict.tensors.length)} tensors</summary>\n`
    yield* tensorTable(stateDict)
    yield '\n</details>\n'
  }
}

function heading(report: Report): string {
  return `### ${code(report.path)}`
}

function* totalsTable({ path, totals }: StateDictReport): Generator<string> {
  if (path !== '') yield `\n#### ${code(path)}\n`
  yield '\n| | tensors | elements | size |\n|---|---:|---:|---:|\n'
  const rows = [
    ['Parameters', totals.parameters],
    ['Buffers', totals.buffers],
    ['Other', totals.other],
  ] as const
  for (const [name, { tensors, elements, bytes }] of rows)
    if (tensors > 0 || name !== 'Other')
      yield `| ${name} | ${count(tensors)} | ${count(elements)} | ${sizeText(bytes, elements)} |\n`
  const { elements, atLeast, upperBound, level, reason } = totals.trainable
  const least = upperBound && atLeast > 0 ? `at least ${count(atLeast)}, ` : ''
  yield `\nTrainable: ${least}${upperBound ? 'at most ' : ''}${count(elements)} (${level}: ${code(reason)})\n`
  if (totals.logicalIsLeast === true)
    yield `\nLogical parameters: at least ${count(totals.logicalParameters)}\n`
  else if (totals.logicalParameters !== totals.parameters.elements)
    yield `\nLogical parameters: ${count(totals.logicalParameters)}\n`
}

function* tensorTable(stateDict: StateDictReport): Generator<string> {
  yield '\n| name | kind | dtype | shape | elements | bytes |\n|---|---|---|---|---:|---:|\n'
  for (const { tensor, value } of entriesOf(stateDict))
    yield tensor === undefined ? valueRow(value) : tensorRow(tensor)
}

function valueRow({ name, kind, description }: ValueReport): string {
  return `| ${code(name)} | ${kind} | - | ${code(description)} | - | - |\n`
}

function tensorRow(tensor: TensorReport): string {
  const { name, kind, kindLevel, dtype, shape, elements, bytes, tiedTo, representation } = tensor
  const kept = representation === undefined ? '' : ` ${code(representationText(representation))}`
  const tied = tiedTo === null ? '' : ` = ${code(tiedTo)}`
  const sure = kindLevel === 'assumed' ? ' (assumed)' : ''
  return `| ${code(name)}${tied} | ${kind}${sure} | ${dtype ?? '-'} | [${shape.join(', ')}]${kept} | ${count(elements)} | ${bytes === null ? '-' : count(bytes)} |\n`
}

/**
 * Text of the file as a code span: nothing in it is a link, an image, a mention or markup. The fence is
 * longer than any run of backticks within, and a pipe, which would end a cell of a table, is shown as its code.
 */
export function code(text: string): string {
  const shown = printable(text)
  if (shown.trim() === '') return `\`"${shown}"\``
  let fence = '`'
  for (const run of shown.match(/`+/g) ?? [])
    if (run.length >= fence.length) fence = '`'.repeat(run.length + 1)
  const space = shown.startsWith('`') || shown.endsWith('`') ? ' ' : ''
  return `${fence}${space}${shown.replaceAll('|', '\\x7c')}${space}${fence}`
}
