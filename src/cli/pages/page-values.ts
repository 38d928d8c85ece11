import { inspectionOf } from '../../model/inspection.ts'
import type { Report } from '../../model/report.ts'
import { coverageText } from '../../render/coverage-text.ts'
import type { PageCheckpoint } from '../../render/html/page-content.ts'
import { type PageStatistics, pageStatistics } from '../../render/html/page-statistics.ts'
import { announced } from '../announced.ts'
import type { Call } from '../command.ts'
import type { ExitCode } from '../io.ts'
import { exitCodeOfCode, exitCodeOfError, worse } from '../output/exit-code.ts'

/** The same checkpoint with what the values of its state dicts come to, and the exit code of reading them. */
export async function withValues(
  made: PageCheckpoint,
  call: Pick<Call<'limits' | 'yes'>, 'library' | 'options' | 'talk'>,
): Promise<{ readonly checkpoint: PageCheckpoint; readonly exitCode: ExitCode }> {
  const { library, options, talk } = call
  const { report } = made
  let exitCode: ExitCode = 0
  const details = [...made.details]
  for (const [i, stateDict] of report.stateDicts.entries()) {
    const narrow = (other: Report): Report => ({
      ...other,
      stateDicts: other.stateDicts.filter(({ path }) => path === stateDict.path),
    })
    const found = library.statisticsPaths([report.path], {
      limits: options.limits,
      narrow,
      beforeValues: announced(call),
    })
    for await (const outcome of found) {
      if ('error' in outcome) {
        exitCode = worse(exitCode, exitCodeOfError(outcome.error))
        await talk.error(outcome.error, outcome.path)
        continue
      }
      const { coverage, tensors } = outcome.report
      for (const { code } of coverage.uncovered)
        if (code !== undefined) exitCode = worse(exitCode, exitCodeOfCode(code))
      const { table } = inspectionOf(stateDict)
      const indexes = new Map<string, number>()
      for (let index = 0; index < table.length; index++) indexes.set(table.name(index), index)
      const of = new Map<number, PageStatistics[]>()
      for (const tensor of tensors) {
        const index = indexes.get(tensor.name)
        if (index === undefined) continue
        const known = of.get(index)
        if (known === undefined) of.set(index, [pageStatistics(tensor)])
        else known.push(pageStatistics(tensor))
      }
      const own = details[i]
      if (own !== undefined) details[i] = { ...own, statistics: { coverage: coverageText(coverage), of } }
    }
  }
  return { checkpoint: { ...made, details }, exitCode }
}
