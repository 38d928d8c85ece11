import { coverageText } from '../../render/coverage-text.ts'
import type { View } from '../../render/renderer.ts'
import type { StatisticsResult } from '../../render/results.ts'
import type { Talk } from './talk.ts'

/** Names that are told. */
const mostNames = 5

/** Says on standard error which values were not read, where the view does not. */
export async function tellUnread(
  talk: Talk,
  view: View<StatisticsResult>,
  { path, coverage }: Pick<StatisticsResult, 'path' | 'coverage'>,
): Promise<void> {
  if (coverage.state === 'complete' || view.as === 'document' || view.hidesUnread !== true) return
  const { uncovered } = coverage
  const told = uncovered
    .slice(0, mostNames)
    .map(({ name, part, reason }) => `${[name, ...(part === undefined ? [] : [part])].join(' ')}: ${reason}`)
  if (uncovered.length > mostNames) told.push(`and ${uncovered.length - mostNames} more`)
  await talk.note([`${path}: ${coverageText(coverage)}`, ...told].join('; '))
}
