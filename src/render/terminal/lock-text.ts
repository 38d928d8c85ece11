import { foldNames } from '../../compare/fold-names.ts'
import type { Drift } from '../../lock/drift.ts'
import type { LockOutcome } from '../results.ts'
import { count, nameForOutput, plural, sentence } from '../text.ts'
import type { Style, Theme } from './theme.ts'

/** Lines a checkpoint may take. */
const mostRows = 60

const stateStyles: Record<LockOutcome['state'], Style> = {
  'as locked': 'good',
  unchanged: 'good',
  written: 'strong',
  drifted: 'error',
  'not locked': 'error',
}

const marks = {
  file: '~',
  missing: '-',
  new: '+',
  renamed: '~',
  shape: '~',
  dtype: '~',
  values: '~',
  kind: '~',
  frozen: '~',
  tied: '~',
  representation: '~',
  value: '~',
} as const satisfies Record<Drift['what'], string>

/** What `sdinspect lock` prints of one checkpoint: its state, and each drift with its line of the lock. */
export function* lockText(
  outcome: LockOutcome,
  lockFile: string,
  options: { readonly noFold?: boolean },
  theme: Theme,
): Generator<string> {
  const { path, stateDict, level, tensors, state, drift } = outcome
  const name =
    nameForOutput(path, theme.ascii) +
    (stateDict === '' ? '' : ` at ${nameForOutput(stateDict, theme.ascii)}`)
  const facts = `level ${level}, ${plural(tensors, 'tensor')}`
  yield `${theme.paint('strong', name)}  ${theme.paint(stateStyles[state], state)}  ${theme.paint('quiet', facts)}`
  const rows = rowsOf(drift, options.noFold === true)
  const shown = options.noFold === true ? rows : rows.slice(0, theme.most(mostRows))
  for (const { label, items } of shown) {
    const [first] = items
    if (first === undefined) continue
    const where = `${nameForOutput(lockFile, theme.ascii)}:${first.line}`
    const subject = first.tensor === undefined ? '' : `${labelText(label, theme)}  `
    const times =
      items.length === 1 ? '' : `${theme.paint('fold', `${theme.glyphs.times}${count(items.length)}`)}  `
    const said = sentence(first.tensor === undefined ? first.message : first.change, theme.ascii)
    yield `  ${marks[first.what]} ${subject}${times}${said}  ${theme.paint('quiet', where)}`
  }
  if (shown.length < rows.length)
    yield theme.paint('quiet', `  and ${plural(rows.length - shown.length, 'more line')} (--all shows them)`)
}

/** Drifts that are the same but for the number in a name, as one. */
function rowsOf(
  drift: readonly Drift[],
  noFold: boolean,
): readonly { label: string; items: readonly Drift[] }[] {
  if (noFold) return drift.map((one) => ({ label: one.tensor ?? '', items: [one] }))
  const files = drift.filter(({ tensor }) => tensor === undefined)
  const tensors = drift.filter(({ tensor }) => tensor !== undefined)
  return [
    ...files.map((one) => ({ label: '', items: [one] })),
    ...foldNames(
      tensors,
      ({ tensor = '' }) => tensor,
      // A new name is in the change of a renamed tensor, and is another for each.
      ({ what, change, line }) => `${what} ${what === 'renamed' ? '' : change} ${line}`,
    ),
  ]
}

function labelText(label: string, theme: Theme): string {
  return /^[A-Za-z0-9_][A-Za-z0-9_.{},-]*$/.test(label) && label.length <= 1_000
    ? label
    : nameForOutput(label, theme.ascii)
}
