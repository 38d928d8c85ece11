import { bytesText } from '../model/bytes-text.ts'
import type { ExplainedClaim } from '../model/explanation.ts'
import type { Inspection } from '../model/inspection.ts'
import { representationText } from '../model/tensors/representation-text.ts'
import { levelRank } from '../model/verdict.ts'
import { classText } from '../render/class-text.ts'
import { type Child, type Element, element } from '../render/html/element.ts'
import type { PageStory, StateDictDetails } from '../render/html/page-content.ts'
import { shapeText } from '../render/shape-text.ts'
import { count, nameForOutput, plural, sentence } from '../render/text.ts'
import { meanText, nonFiniteText, sparkline, valueText, zerosText } from '../render/value-text.ts'

/** A part of the page of a tensor. A new one is an entry of the list. */
type DetailPart = (tensor: number, inspection: Inspection, details: StateDictDetails) => readonly Child[]

const parts: readonly DetailPart[] = [answers, facts, values, place, claims]

/** All that is known of a tensor. `alike`: of how many the same is said in the line it was chosen by. */
export function tensorView(
  tensor: number,
  alike: number,
  inspection: Inspection,
  details: StateDictDetails,
): readonly Child[] {
  return [
    element('h3', {}, nameForOutput(inspection.table.name(tensor))),
    ...(alike > 1
      ? [element('p', { class: 'quiet' }, `the first of ${count(alike)} that are alike but for their names`)]
      : []),
    ...parts.flatMap((part) => part(tensor, inspection, details)),
  ]
}

function storyOf(tensor: number, { evidence }: StateDictDetails): PageStory {
  return evidence.stories[evidence.ids[tensor] as number] as PageStory
}

function answers(tensor: number, _: Inspection, details: StateDictDetails): readonly Child[] {
  const { kind, trainable } = storyOf(tensor, details)
  return [
    element(
      'p',
      { class: 'answers' },
      element('span', { class: `badge kind-${kind.answer}` }, kind.answer),
      ` ${kind.level}`,
      element('span', { class: 'dot' }, ' · '),
      'trainable: ',
      element('strong', {}, trainable.answer),
      ` ${trainable.level}`,
    ),
  ]
}

function facts(tensor: number, inspection: Inspection): readonly Child[] {
  const { dtype, shape, elements, bytes, tiedTo, representation, quantised } = inspection.tensor(tensor)
  const rows: [string, string][] = [
    ['Shape', shapeText(shape)],
    ['Element type', dtype ?? 'not recorded'],
    ['Elements', count(elements)],
    ['Size', bytes === null ? 'not recorded' : bytesText(bytes)],
  ]
  if (tiedTo !== null) rows.push(['Tied to', nameForOutput(tiedTo)])
  if (representation !== undefined) rows.push(['Kept as', sentence(representationText(representation))])
  if (quantised !== undefined) {
    const { scheme, logicalElements, logicalShape, missing = [] } = quantised
    const stands =
      logicalElements === 0
        ? 'bookkeeping, no weights'
        : logicalElements === null
          ? 'how many weights, the layout does not say'
          : `${plural(logicalElements, 'weight')}${logicalShape === undefined ? '' : ` ${shapeText(logicalShape)}`}`
    rows.push(['Packed', `${sentence(scheme)}: ${stands}`])
    if (missing.length > 0)
      rows.push([
        'Missing',
        missing
          .slice(0, 8)
          .map((name) => nameForOutput(name))
          .join(', '),
      ])
  }
  return [pairs(rows)]
}

function values(tensor: number, _: Inspection, { statistics }: StateDictDetails): readonly Child[] {
  if (statistics === undefined) return []
  const found = statistics.of.get(tensor) ?? []
  if (found.length === 0)
    return [
      element('h4', {}, 'Values'),
      element('p', { class: 'quiet' }, 'not read, or those of the tensor it is tied to'),
    ]
  return found.flatMap(({ part, values: of }) => {
    const bars = sparkline(of, false)
    const other = nonFiniteText(of)
    const rows: [string, string][] = [
      ...(other === '' ? [] : ([['Not finite', other]] as [string, string][])),
      ['Range', `${valueText(of.min)} to ${valueText(of.max)}`],
      ['Mean', meanText(of.mean)],
      ['Standard deviation', valueText(of.std)],
      ['Median', valueText(of.median)],
      ['L2 norm', valueText(of.l2)],
      ['Zeros', zerosText(of)],
      ...(of.constant ? ([['Constant', 'all elements are the same']] as [string, string][]) : []),
    ]
    return [
      element('h4', {}, part === undefined ? 'Values' : `Values of ${nameForOutput(part)}`),
      ...(bars === ''
        ? []
        : [
            element(
              'p',
              { class: 'histogram', role: 'img', 'aria-label': histogramText(of.histogram) },
              bars,
            ),
          ]),
      pairs(rows),
    ]
  })
}

function histogramText(histogram: { readonly from: number; readonly to: number } | undefined): string {
  return histogram === undefined
    ? ''
    : `histogram of its values from ${valueText(histogram.from)} to ${valueText(histogram.to)}`
}

function place(tensor: number, _: Inspection, { places }: StateDictDetails): readonly Child[] {
  const rows: [string, string][] = []
  const file = places.file[tensor] as number
  const note = places.notes[(places.note[tensor] as number) - 1]
  if (file > 0) {
    const offset = places.offset[tensor] as number
    const length = places.length[tensor] as number
    rows.push(
      ['File', nameForOutput(places.files[file - 1] as string)],
      [
        'Bytes',
        length === 0 ? `none, at ${count(offset)}` : `${count(offset)} – ${count(offset + length - 1)}`,
      ],
    )
  }
  if (note !== undefined) rows.push(['Values', sentence(note)])
  return rows.length === 0 ? [] : [element('h4', {}, 'In the file'), pairs(rows)]
}

function claims(tensor: number, _: Inspection, details: StateDictDetails): readonly Child[] {
  const story = storyOf(tensor, details)
  return (['kind', 'trainable'] as const).flatMap((question) => {
    const { answer } = story[question]
    const rank = (claim: ExplainedClaim) => (claim.won ? 0 : claim.answer === answer ? 1 : 2)
    const told = story.claims
      .filter((claim) => claim.question === question)
      .sort((a, b) => rank(a) - rank(b) || levelRank(a.level) - levelRank(b.level))
    return [
      element('h4', {}, question === 'kind' ? `Why ${answer}` : `Trainable: ${answer}. Why`),
      element('ol', { class: 'claims' }, ...told.map((claim) => claimView(claim, answer))),
    ]
  })
}

function claimView({ answer, level, reason, source, won }: ExplainedClaim, final: string): Element {
  const [mark, said] = won ? ['✓', 'decides'] : answer === final ? ['·', 'agrees'] : ['✗', 'disagrees']
  return element(
    'li',
    won ? { class: 'won' } : {},
    element('span', { class: 'mark', 'aria-hidden': 'true' }, mark),
    element(
      'div',
      {},
      element(
        'p',
        {},
        element('strong', {}, answer),
        ` ${level}`,
        element('span', { class: 'quiet' }, ` ${said}`),
      ),
      element('p', {}, sentence(reason), ' ', element('code', { class: 'quiet' }, sentence(source))),
    ),
  )
}

function pairs(rows: readonly (readonly [string, string])[]): Element {
  return element(
    'dl',
    { class: 'pairs' },
    ...rows.map(([name, text]) => element('div', {}, element('dt', {}, name), element('dd', {}, text))),
  )
}

/** What is known of a module: its class, and what is in it. */
export function moduleView(
  module: number,
  alike: number,
  inspection: Inspection,
  weights: { readonly elements: number; readonly bytes: number },
): readonly Child[] {
  const known = inspection.classes.at(module)
  const rows: [string, string][] = []
  if (known !== undefined) rows.push(['Class', `${sentence(classText(known))} (${known.level})`])
  rows.push(
    ['Own tensors', count(inspection.tree.ownCount(module))],
    ['Elements', count(weights.elements)],
    ['Size', weights.bytes === 0 && weights.elements > 0 ? 'not recorded' : bytesText(weights.bytes)],
  )
  return [
    element('h3', {}, module === 0 ? 'The whole' : nameForOutput(inspection.tree.path(module))),
    ...(alike > 1
      ? [element('p', { class: 'quiet' }, `the first of ${count(alike)} that are alike but for their names`)]
      : []),
    pairs(rows),
  ]
}
