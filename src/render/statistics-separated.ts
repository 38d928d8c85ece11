import type { StatisticsResult } from './results.ts'
import { statisticsFields } from './statistics-fields.ts'
import { printable } from './text.ts'

/**
 * What `stats` writes into a pipe: one tensor a line, tab separated, no titles, the columns of the CSV. With `several`
 * checkpoints the path comes first.
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
