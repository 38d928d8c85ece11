import type { CheckFinding } from '../../check/findings/check-finding.ts'
import { bytesText } from '../../model/bytes-text.ts'
import { wrapperPrefixes } from '../../model/names/prefixes.ts'
import type { Report, StateDictReport, Totals } from '../../model/report.ts'
import { unverifiedText } from '../../model/unverified.ts'
import { levels } from '../../model/verdict.ts'
import { unnamedTensor } from '../finding-place.ts'
import { fileFacts, modelFacts } from '../heading-facts.ts'
import { keptTexts } from '../kept-text.ts'
import { percents } from '../numbers.ts'
import { count, nameForOutput, plural, sentence } from '../text.ts'
import { totalRows } from '../total-rows.ts'
import { type Child, type Element, element } from './element.ts'
import { shownMetadata } from './metadata-text.ts'
import type { PageCheckpoint } from './page-content.ts'

/** Who a checkpoint is. */
export function identityView({ report }: PageCheckpoint, stateDict: StateDictReport | null): Element {
  const { path } = report
  const cut = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1
  const folder = cut === path.length ? '' : path.slice(0, cut)
  return element(
    'header',
    { class: 'identity' },
    ...(folder === '' ? [] : [element('p', { class: 'folder' }, sentence(folder))]),
    element('h1', {}, sentence(path.slice(folder.length))),
    element(
      'ul',
      { class: 'facts' },
      ...[...modelFacts(stateDict), ...fileFacts(report, stateDict)].map((fact) =>
        element('li', {}, sentence(fact)),
      ),
    ),
    ...notesOf(stateDict).map((note) => element('p', { class: 'note' }, note)),
  )
}

function notesOf(stateDict: StateDictReport | null): string[] {
  if (stateDict === null) return []
  const { notes, prefixes } = stateDict
  const causes = [...new Set(prefixes.map((prefix) => wrapperPrefixes.get(prefix)))].filter(
    (cause) => cause !== undefined,
  )
  return [
    ...notes.map((note) => sentence(note)),
    ...(prefixes.length === 0
      ? []
      : [
          `all names start with ${nameForOutput(prefixes.join(''))}${causes.length === 0 ? '' : ` (${causes.join(', ')})`}`,
        ]),
  ]
}

/** What a state dict adds up to. */
export function totalsView(stateDict: StateDictReport): Element {
  const { totals } = stateDict
  const { trainable, buffers, stored } = totals
  const isPacked = totals.logicalParameters !== totals.parameters.elements || totals.logicalIsLeast === true
  const parameters = isPacked ? totals.logicalParameters : totals.parameters.elements
  const most =
    trainable.upperBound && isPacked ? Math.min(trainable.elements, parameters) : trainable.elements
  return element(
    'section',
    { class: 'totals', 'aria-label': 'Totals' },
    element(
      'dl',
      { class: 'figures' },
      figure('Parameters', parameters, totals.logicalIsLeast === true ? 'at least' : ''),
      figure('Trainable', most, trainable.upperBound ? 'at most' : ''),
      figure('Buffers', buffers.elements, ''),
      element('div', {}, element('dt', {}, 'Size'), element('dd', {}, ...sizeFigure(stored))),
    ),
    element(
      'div',
      { class: 'makeup' },
      shares(
        'Element types, by size',
        [...totals.dtypes].map(({ dtype, bytes }, i) => ({
          label: dtype ?? 'not recorded',
          value: bytes,
          swatch: `type-${Math.min(i, 7)}`,
        })),
      ),
      shares(
        'How the kinds are known, by tensor',
        levels.map((level) => ({ label: level, value: totals.levels[level], swatch: `level-${level}` })),
      ),
    ),
    element(
      'table',
      { class: 'sums' },
      element('caption', { class: 'unseen' }, 'All totals'),
      element(
        'tbody',
        {},
        ...totalRows(stateDict, false).map(({ label, bound = '', value, size = '', note = '' }) =>
          element(
            'tr',
            {},
            element('th', { scope: 'row' }, label.replace(/:$/, '').replace('params', 'parameters')),
            element('td', { class: 'number' }, bound === '' ? value : `${bound} ${value}`),
            element('td', { class: 'number' }, size),
            element('td', { class: 'said' }, sentence(note)),
          ),
        ),
      ),
    ),
    element(
      'ul',
      { class: 'known' },
      ...[`trainable: ${trainable.reason}`, ...keptTexts(stateDict)].map((text) =>
        element('li', {}, sentence(text)),
      ),
    ),
  )
}

function figure(label: string, value: number, bound: string): Element {
  const short = shortCount(value)
  return element(
    'div',
    {},
    element('dt', {}, label),
    element(
      'dd',
      {},
      ...(bound === '' ? [] : [element('span', { class: 'bound' }, `${bound} `)]),
      element('span', { class: 'value' }, short),
      ...(short === count(value) ? [] : [element('span', { class: 'exact' }, count(value))]),
    ),
  )
}

function sizeFigure({ bytes, tensors }: Totals['stored']): Child[] {
  if (bytes === 0 && tensors > 0) return [element('span', { class: 'value' }, 'not recorded')]
  const exact = bytes < 1e3 ? [] : [element('span', { class: 'exact' }, plural(bytes, 'byte'))]
  return [element('span', { class: 'value' }, bytesText(bytes)), ...exact]
}

/** `6.74 B`: three digits and a unit, as people speak of models. */
function shortCount(value: number): string {
  if (value < 10_000) return count(value)
  const units = ['K', 'M', 'B', 'T', 'Q']
  let unit = -1
  let rest = value
  while (rest >= 999.5 && unit < units.length - 1) {
    rest /= 1_000
    unit++
  }
  return `${rest.toFixed(rest < 9.995 ? 2 : rest < 99.95 ? 1 : 0)} ${units[unit]}`
}

interface Share {
  readonly label: string
  readonly value: number
  readonly swatch: string
}

/** A bar of parts and what they are; the smallest together. */
function shares(title: string, all: readonly Share[]): Element {
  const parts = all.filter(({ value }) => value > 0)
  const whole = parts.reduce((sum, { value }) => sum + value, 0)
  if (whole === 0) return element('div', { class: 'share' })
  const shown = parts.length <= 8 ? parts : parts.slice(0, 7)
  const told = shown.reduce((sum, { value }) => sum + value, 0)
  if (told < whole)
    shown.splice(7, 0, { label: `${parts.length - 7} others`, value: whole - told, swatch: 'type-7' })
  const texts = percents(shown.map(({ value }) => value))
  let at = 0
  const bars = shown.map(({ value, swatch }) => {
    const x = at
    const width = (value / whole) * 1_000
    at += width
    return element('rect', {
      class: swatch,
      x: x.toFixed(2),
      y: '0',
      width: Math.max(width - (at < 999.9 ? 2 : 0), 1.5).toFixed(2),
      height: '10',
    })
  })
  return element(
    'div',
    { class: 'share' },
    element('h2', { class: 'label' }, title),
    element(
      'svg',
      { class: 'bar', viewBox: '0 0 1000 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      ...bars,
    ),
    element(
      'ul',
      { class: 'legend' },
      ...shown.map(({ label, swatch }, i) =>
        element(
          'li',
          {},
          swatchView(swatch),
          label,
          ' ',
          element('span', { class: 'quiet' }, texts[i] ?? ''),
        ),
      ),
    ),
  )
}

export function swatchView(swatch: string): Element {
  return element(
    'svg',
    { class: 'swatch', viewBox: '0 0 10 10', 'aria-hidden': 'true' },
    element('rect', { class: swatch, width: '10', height: '10', rx: '2.5' }),
  )
}

/** Findings told in full; a file with ten thousand of one kind is told shortly. */
const mostFindings = 200

/** What `check` finds. */
export function findingsView({ findings, unchecked, details }: PageCheckpoint): Element {
  const read = details.find(({ statistics }) => statistics !== undefined)?.statistics?.coverage
  const counted = (level: string) => findings.filter((finding) => finding.level === level).length
  const said = [
    ...(unchecked === null ? [] : ['could not be checked']),
    ...(['error', 'warning', 'info'] as const)
      .filter((level) => counted(level) > 0)
      .map((level) => plural(counted(level), level === 'info' ? 'remark' : level)),
  ]
  const rest = findings.length - mostFindings
  return element(
    'section',
    { class: 'findings', 'aria-labelledby': 'findings' },
    element(
      'h2',
      { id: 'findings' },
      'Findings ',
      element('span', { class: 'quiet' }, said.length === 0 ? 'none' : said.join(', ')),
    ),
    element(
      'p',
      { class: 'quiet' },
      `What check finds of the structure, held to no policy. ${read === undefined ? 'The values of tensors were not read.' : `Values read for the page: ${read}.`}`,
    ),
    ...(unchecked === null ? [] : [element('p', {}, `No verdict: ${sentence(unchecked)}`)]),
    ...(findings.length === 0
      ? []
      : [element('ol', {}, ...findings.slice(0, mostFindings).map(findingView))]),
    ...(rest > 0 ? [element('p', { class: 'quiet' }, `and ${plural(rest, 'more finding')}`)] : []),
  )
}

const marks = { error: '✖', warning: '▲', info: '●' } as const

function findingView(finding: CheckFinding): Element {
  const { level, rule, message, fix, file } = finding
  const tensor = unnamedTensor(finding)
  return element(
    'li',
    { class: `finding ${level}` },
    element('span', { class: 'mark', 'aria-hidden': 'true' }, marks[level]),
    element(
      'div',
      {},
      element(
        'p',
        {},
        element('strong', {}, level === 'info' ? 'remark' : level),
        ' ',
        tensor === null ? '' : `${nameForOutput(tensor)}: `,
        sentence(message),
      ),
      element(
        'p',
        { class: 'quiet' },
        element('code', {}, sentence(rule)),
        file === null ? '' : ` in ${nameForOutput(file)}`,
        fix === null ? '' : `. ${sentence(fix.charAt(0).toUpperCase() + fix.slice(1))}.`,
      ),
    ),
  )
}

/** Entries of a list in full; the rest is a number. */
const mostEntries = 200

/** What else is known: files, metadata, what is in the file beside tensors. */
export function aboutView({ report }: PageCheckpoint, stateDict: StateDictReport | null): Element {
  const { files, metadata, values, pickle, unverified = [] } = report
  const pairs = shownMetadata(metadata).map(([key, text]) => [nameForOutput(key), sentence(text)] as const)
  const entries = (stateDict?.values ?? []).map(({ name, description }): [string, string] => [
    nameForOutput(name),
    sentence(description),
  ])
  const notRead = unverifiedText(unverified)
  return element(
    'section',
    { class: 'about', 'aria-labelledby': 'about' },
    element('h2', { id: 'about' }, 'In the file'),
    ...(pickle === undefined ? [] : [element('p', {}, pickleText(pickle))]),
    ...(notRead === undefined ? [] : [element('p', {}, sentence(`${notRead}; check does`))]),
    list(
      'Files',
      files.map(({ name, bytes, role }) => [nameForOutput(name), `${role}, ${bytesText(bytes)}`]),
    ),
    list('Metadata', pairs),
    list('Entries that are no tensors', entries),
    list(
      'Other values',
      values.map(({ path, value }) => [nameForOutput(path), sentence(value)]),
    ),
  )
}

function pickleText({ plainWeights, imports }: NonNullable<Report['pickle']>): string {
  if (plainWeights) return 'The pickle is plain weights: torch.load(weights_only=True) takes every import.'
  const others = imports.filter(({ allowed }) => !allowed).map(({ name }) => sentence(name))
  const more = others.length > 6 ? ` and ${count(others.length - 6)} more` : ''
  return `The pickle is not plain weights: it names ${others.slice(0, 6).join(', ')}${more}. Nothing was run, and this is no malware scan.`
}

function list(title: string, pairs: readonly (readonly [string, string])[]): Element {
  if (pairs.length === 0) return element('div', {})
  const rest = pairs.length - mostEntries
  return element(
    'details',
    pairs.length <= 6 ? { open: '' } : {},
    element('summary', {}, `${title} `, element('span', { class: 'quiet' }, count(pairs.length))),
    element(
      'dl',
      { class: 'pairs' },
      ...pairs
        .slice(0, mostEntries)
        .map(([name, text]) => element('div', {}, element('dt', {}, name), element('dd', {}, text))),
    ),
    ...(rest > 0 ? [element('p', { class: 'quiet' }, `and ${count(rest)} more`)] : []),
  )
}
