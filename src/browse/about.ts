import { bytesText } from '../model/bytes-text.ts'
import type { Explanation } from '../model/explanation.ts'
import type { Finding } from '../model/finding.ts'
import type { Branch, Leaf } from '../model/modules/outline.ts'
import type { TensorStatistics } from '../model/values/statistics.ts'
import { classSpans } from '../render/class-name.ts'
import { shapeText } from '../render/shape-text.ts'
import type { Theme } from '../render/terminal/theme.ts'
import { whyText } from '../render/terminal/why-text.ts'
import { count, nameForOutput, plural, sentence } from '../render/text.ts'
import { meanText, nonFiniteText, sparkline, valueText, zerosText } from '../render/value-text.ts'
import { cutEnd, wrapped } from '../render/width.ts'

const cellsOf = (theme: Theme): number => theme.columns ?? 80

/** What is known of a module, and of each of those its line stands for. */
export function* moduleLines({ node, times, each, module }: Branch, theme: Theme): Generator<string> {
  const name = node.path === '' ? '(the whole)' : nameForOutput(node.path, theme.ascii)
  yield theme.paint('strong', cutEnd(name, cellsOf(theme), theme.glyphs.ellipsis))
  if (times > 1)
    yield* quietly(`the first of ${count(times)} that hold the same; the numbers are of one of them`, theme)
  if (module !== undefined)
    yield* part(
      `  ${classSpans(module, theme)
        .map(({ text }) => text)
        .join('')}`,
      theme,
      'declared',
    )
  const { tensors, parameters, logical, buffers, other, frozen, bytes } = each
  const facts = [
    plural(tensors, 'tensor'),
    `${count(logical || parameters)} parameters`,
    ...(logical !== parameters && logical > 0 ? [`${count(parameters)} stored`] : []),
    ...(frozen > 0 ? [`${count(frozen)} of them frozen`] : []),
    ...(buffers > 0 ? [`${count(buffers)} elements of buffers`] : []),
    ...(other > 0 ? [`${count(other)} elements of neither`] : []),
    bytesText(bytes),
    ...(each.dtype === null ? [] : [each.dtype]),
  ]
  for (const fact of facts) yield* part(`  ${fact}`, theme)
}

/** What is known of a tensor: where it is, both answers, and what speaks for them. */
export function* tensorLines(
  { tensor, times }: Leaf,
  explanation: Explanation | null,
  places: readonly string[],
  theme: Theme,
): Generator<string> {
  if (explanation !== null) yield* whyText([explanation], theme)
  else {
    yield theme.paint(
      'strong',
      cutEnd(nameForOutput(tensor.name, theme.ascii), cellsOf(theme), theme.glyphs.ellipsis),
    )
    yield* quietly(`  ${tensor.dtype ?? 'dtype not recorded'} ${shapeText(tensor.shape)}`, theme)
    yield* quietly('  collecting what speaks for it', theme)
  }
  if (times > 1) yield* quietly(`the first of ${count(times)} that are the same but for their name`, theme)
  const size = tensor.bytes === null ? '' : `, ${bytesText(tensor.bytes)}`
  yield* part(`  ${plural(tensor.elements, 'element')}${size}`, theme)
  if (tensor.tiedTo !== null)
    yield* part(`  the same memory as ${nameForOutput(tensor.tiedTo, theme.ascii)}`, theme)
  if (tensor.countedAs !== undefined)
    yield* part(
      `  counted as ${nameForOutput(tensor.countedAs, theme.ascii)}, which is loaded in its place`,
      theme,
    )
  for (const place of places) yield* quietly(`  ${sentence(place, theme.ascii)}`, theme)
}

/** `1 error, 2 warnings`; empty where nothing was found. Remarks are told where there is room. */
export function findingCounts(findings: readonly Pick<Finding, 'level'>[]): string {
  const counted = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length
  const [errors, warnings] = [counted('error'), counted('warning')]
  const told = [
    ...(errors > 0 ? [plural(errors, 'error')] : []),
    ...(warnings > 0 ? [plural(warnings, 'warning')] : []),
  ]
  return told.join(', ')
}

/** What the values of a tensor come to. */
export function* statisticsLines(all: readonly TensorStatistics[], theme: Theme): Generator<string> {
  if (all.length === 0) yield* quietly('  it has no values to read', theme)
  for (const { part: of, values } of all) {
    if (of !== undefined) yield* quietly(`  ${nameForOutput(of, theme.ascii)}`, theme)
    const bars = sparkline(values, theme.ascii)
    if (bars !== '') yield `  ${theme.paint('declared', cutEnd(bars, cellsOf(theme) - 2, ''))}`
    const other = nonFiniteText(values)
    if (other !== '') yield* part(`  ${other}`, theme, 'error')
    const facts = [
      `min ${valueText(values.min)}   max ${valueText(values.max)}`,
      `mean ${meanText(values.mean)}   std ${valueText(values.std)}`,
      `L2 norm ${valueText(values.l2)}   zeros ${zerosText(values)}`,
      ...(values.quantiles === undefined
        ? []
        : [
            `1 % ${valueText(values.quantiles['0.01'])}   half ${valueText(values.quantiles['0.5'])}   99 % ${valueText(values.quantiles['0.99'])}`,
          ]),
      ...(values.constant ? ['all elements are the same'] : []),
    ]
    for (const fact of facts) yield* part(`  ${fact}`, theme)
  }
}

/** Pairs of a list that are told; of the others, how many there are. */
const mostPairs = 500

/** A list of names and what is said of each; nothing where it is empty. */
export function* pairLines(
  title: string,
  pairs: readonly (readonly [name: string, text: string])[],
  theme: Theme,
): Generator<string> {
  if (pairs.length === 0) return
  yield ''
  yield `${theme.paint('strong', title)} ${theme.paint('quiet', count(pairs.length))}`
  for (const [name, text] of pairs.slice(0, mostPairs))
    yield* part(`  ${nameForOutput(name, theme.ascii)}  ${sentence(text, theme.ascii)}`, theme)
  if (pairs.length > mostPairs) yield* quietly(`  and ${count(pairs.length - mostPairs)} more`, theme)
}

export function* quietly(text: string, theme: Theme): Generator<string> {
  yield* part(text, theme, 'quiet')
}

function* part(
  text: string,
  theme: Theme,
  style: Parameters<Theme['paint']>[0] = 'plain',
): Generator<string> {
  const indent = text.length - text.trimStart().length
  for (const line of wrapped(text.trimStart(), Math.max(1, cellsOf(theme) - indent)))
    yield ' '.repeat(indent) + theme.paint(style, line)
}
