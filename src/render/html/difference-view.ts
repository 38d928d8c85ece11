import type { Difference, Side } from '../../compare/difference.ts'
import { bytesText } from '../../model/bytes-text.ts'
import { comparedText, type DiffRow, diffSections, unrecordedText } from '../diff-sections.ts'
import { count, nameForOutput, plural, sentence } from '../text.ts'
import { type Child, type Element, element } from './element.ts'

/** Lines of one section; the rest is a number. */
const mostRows = 100

/** How one checkpoint became another, in words; where the trees stand side by side. */
export function differenceView(difference: Difference): Element {
  const { a, b, same, matched, changed, onlyA, onlyB, load, loadRenamed } = difference
  const unrecorded = unrecordedText(difference)
  return element(
    'section',
    { class: 'difference', 'aria-labelledby': 'difference' },
    element('h1', { id: 'difference' }, 'Two checkpoints'),
    element('div', { class: 'sides' }, side('a', a), side('b', b)),
    element(
      'p',
      { class: 'verdict' },
      same
        ? `The same in ${comparedText(difference)}.`
        : `${plural(matched, 'tensor')} of a ${matched === 1 ? 'has' : 'have'} a partner in b, ${count(changed)} of them changed; ${count(onlyA.length)} only in a, ${count(onlyB.length)} only in b.`,
      ' Values were not compared.',
      unrecorded === null ? '' : ` ${sentence(unrecorded)}.`,
    ),
    element(
      'p',
      {},
      `load_state_dict of a into the model of b: ${loaded(load.strict)} with strict=True, ${loaded(load.lenient)} with strict=False`,
      loadRenamed === null
        ? '.'
        : `; with the names changed as below, ${loaded(loadRenamed.strict)} with strict=True.`,
    ),
    element('div', { class: 'compare-place' }),
    ...diffSections(difference).map(({ title, rows }) =>
      element(
        'details',
        { open: '' },
        element('summary', {}, title, ' ', element('span', { class: 'quiet' }, count(rows.length))),
        element('ul', { class: 'changes' }, ...rows.slice(0, mostRows).map(change)),
        ...(rows.length > mostRows
          ? [element('p', { class: 'quiet' }, `and ${count(rows.length - mostRows)} more`)]
          : []),
      ),
    ),
  )
}

const outcomes = { loads: 'it loads', raises: 'it raises', unknown: 'not known' } as const
const loaded = (outcome: keyof typeof outcomes): string => outcomes[outcome]

function side(name: 'a' | 'b', { path, format, tensors, parameters, bytes }: Side): Element {
  return element(
    'div',
    {},
    element('h2', {}, `${name}: `, sentence(path)),
    element(
      'p',
      { class: 'quiet' },
      `${sentence(format)} · ${plural(tensors, 'tensor')} · ${count(parameters)} parameters · ${bytesText(bytes)}`,
    ),
  )
}

function change({ mark, subject, change, times, note }: DiffRow): Element {
  const said: Child[] = subject.map((span) =>
    'name' in span ? element('code', {}, nameForOutput(span.name)) : span.said,
  )
  return element(
    'li',
    {},
    element('span', { class: 'mark' }, mark),
    ' ',
    ...said,
    times > 1 ? element('span', { class: 'times' }, ` ×${count(times)}`) : '',
    change === '' ? '' : ` ${sentence(change)}`,
    note === '' ? '' : element('span', { class: 'quiet' }, ` ${sentence(note)}`),
  )
}
