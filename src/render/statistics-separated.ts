import type { StatisticsResult } from './results.ts'
import { statisticsColumns, statisticsFields } from './statistics-fields.ts'
import { printable } from './text.ts'

/** The titles above the lines: of two dozen numbers nobody knows which is which. */
export const statisticsTitles = (several: boolean): string =>
  `${[...(several ? ['path'] : []), ...statisticsColumns].join('\t')}\n`

/**
 * What `stats` writes into a pipe: one tensor a line, tab separated, the columns of the CSV. With `several` checkpoints
 * the path comes first.
 */
export function* statisticsSeparated(
  { path, tensors }: StatisticsResult,
  several: boolean,
): Generator<string> {
  for (const tensor of tensors) {
    const fields = [...(several ? [path] : []), ...statisticsFields(tensor)]
    yield `${fields.map((field) => printable(String(field))).join('\t')}\n`
  }
}
