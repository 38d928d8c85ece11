import type { AdapterFit } from '../compare/adapter/adapter-fit.ts'
import { foldNames } from '../compare/fold-names.ts'
import type { DiffRow, DiffSection, SectionOptions } from './diff-sections.ts'
import type { LoadVerdict } from './load-verdict.ts'
import { shapeText } from './shape-text.ts'
import { count, plural } from './text.ts'

/** Whether an adapter fits, in one line. */
export function adapterVerdict(fit: AdapterFit): LoadVerdict {
  const base = fit.side === 'a' ? 'b' : 'a'
  const ranks = fit.ranks.slice(0, 4).join(', ') + (fit.ranks.length > 4 ? ', …' : '')
  const rank = fit.ranks.length === 0 ? '' : ` of rank ${ranks}`
  const what = `${fit.side} is an adapter (${fit.methods.join(', ')}${rank})`
  const isNothing = fit.on.length === 0 && fit.misfits.length === 0
  const modules = plural(fit.modules, 'module')
  if (fit.fits === 'yes')
    return { text: `${what} and fits ${base}: all its ${modules} are there`, outcome: 'good' }
  if (fit.fits === 'unknown')
    return {
      text: `${what}, and all its ${modules} are in ${base}; with the shapes of ${count(fit.unchecked.length)} it was not compared`,
      outcome: 'warning',
    }
  if (isNothing)
    return {
      text: `${what} and does not fit ${base}, which has none of its ${modules}`,
      outcome: 'error',
    }
  const others = fit.saved.filter(({ is }) => is === 'other shape').length
  const wrong = [
    fit.missing.length === 0 ? '' : `${count(fit.missing.length)} of its ${modules} are not there`,
    fit.misfits.length === 0 ? '' : `${count(fit.misfits.length)} of other shapes`,
    fit.incomplete.length === 0 ? '' : `${count(fit.incomplete.length)} without a half`,
    others === 0 ? '' : `${plural(others, 'tensor')} saved whole of another shape`,
  ].filter((part) => part !== '')
  return { text: `${what} and does not fit ${base}: ${wrong.join(', ')}`, outcome: 'error' }
}

/** What an adapter is on, and what of it the base cannot take. Each name is in one section. */
export function adapterSections(fit: AdapterFit, options: SectionOptions): DiffSection[] {
  const base = fit.side === 'a' ? 'b' : 'a'
  const section = <T>(
    title: string,
    items: readonly T[],
    nameOf: (item: T) => string,
    rowOf: (item: T) => Pick<DiffRow, 'mark' | 'change' | 'note'>,
  ): DiffSection => {
    const named = items.map((item) => ({ name: nameOf(item), row: rowOf(item) }))
    const folded = options.noFold
      ? named.map((item) => ({ label: item.name, items: [item] as readonly (typeof item)[] }))
      : foldNames(
          named,
          ({ name }) => name,
          ({ row }) => `${row.mark} ${row.change} ${row.note}`,
        )
    const rows = folded.flatMap(({ label, items: same }): DiffRow[] => {
      const [first] = same
      return first === undefined ? [] : [{ ...first.row, subject: [{ name: label }], times: same.length }]
    })
    return { title, rows }
  }
  return [
    section(
      `Not in ${base}`,
      fit.missing,
      (path) => path,
      () => ({ mark: '-', change: '', note: '' }),
    ),
    section(
      'Other shapes',
      fit.misfits,
      ({ tensor }) => tensor,
      ({ shape, wanted, weight }) => ({
        mark: '~',
        change: `${shapeText(shape)}, and has to be ${wanted}`,
        note: `${base} has ${shapeText(weight)}`,
      }),
    ),
    section(
      'Without a half',
      fit.incomplete,
      ({ module }) => module,
      ({ missing }) => ({ mark: '-', change: '', note: `no ${missing.join(', ')}` }),
    ),
    section(
      'Saved whole',
      fit.saved,
      ({ name }) => name,
      ({ is, shape, base: before }) => ({
        mark: is === 'new' ? '+' : '~',
        change: is === 'other shape' ? `${shapeText(before ?? [])} → ${shapeText(shape)}` : shapeText(shape),
        note:
          is === 'new'
            ? `${base} has none`
            : is === 'other shape'
              ? 'resize it first, or the adapter does not load'
              : `in place of that of ${base}`,
      }),
    ),
    section(
      'Adapts',
      fit.on,
      ({ module }) => module,
      ({ module, method, rank }) => ({
        mark: '~',
        change: rank === null ? method : `${method} of rank ${rank}`,
        note: fit.unchecked.includes(module) ? 'shapes not compared' : '',
      }),
    ),
    section(
      'Left as they are, though called as adapted ones',
      fit.left,
      (path) => path,
      () => ({ mark: '~', change: '', note: '' }),
    ),
  ].filter(({ rows }) => rows.length > 0)
}

/** What stands in the place of the verdict of `load_state_dict`. */
export const adapterLoading =
  'load_state_dict is not asked: an adapter is put on its base by the library that wrote it (PeftModel.from_pretrained, load_lora_weights)'
