import { quoted, SdinspectError } from '../../errors.ts'
import type { LockedCheckpoint } from '../../lock/lock.ts'
import type { Report } from '../../model/report.ts'
import type { Options } from '../arguments/options.ts'
import { type SaidFlag, saidBy } from '../arguments/said.ts'
import type { Call } from '../command.ts'

/**
 * The report of the one checkpoint at `path`. A lock stands for what it says of `other`, which it is compared
 * with, or of the only checkpoint in it.
 *
 * @throws SdinspectError why there is none; `usage/arguments` when there are several
 */
export async function oneReport(
  path: string,
  other: string,
  { library, options }: Pick<Call<SaidFlag | 'config' | 'limits' | 'keepHeaders'>, 'library' | 'options'>,
): Promise<Report> {
  if (path.endsWith('.lock')) return reportOfLock(path, other, options)
  const { limits, keepHeaders } = options
  const said = await saidBy({ library, options })
  let report: Report | undefined
  for await (const outcome of library.inspectPaths([path], { limits, keepHeaders, ...said })) {
    if ('error' in outcome) throw outcome.error
    if (report !== undefined) throw several(path, [report.path, outcome.path])
    report = outcome.report
  }
  if (report === undefined) throw new SdinspectError('source/no-checkpoint', 'there is no checkpoint')
  return report
}

async function reportOfLock(
  path: string,
  other: string,
  { limits }: Pick<Options, 'limits'>,
): Promise<Report> {
  const [{ openLockFile }, { lockReport }] = await Promise.all([
    import('../files/lock-file.ts'),
    import('../../lock/lock-report.ts'),
  ])
  const file = await openLockFile(path, limits)
  if (file.lock === null) throw new SdinspectError('usage/lock', 'there is no lock file')
  const { checkpoints } = file.lock
  const locked = checkpoints.find((each) => each.path === file.pathOf(other)) ?? only(checkpoints)
  if (locked === null)
    throw several(
      path,
      checkpoints.map((each) => each.path),
    )
  return { ...lockReport(locked), path }
}

function only(checkpoints: readonly LockedCheckpoint[]): LockedCheckpoint | null {
  return checkpoints.length === 1 ? (checkpoints[0] ?? null) : null
}

function several(path: string, found: readonly string[]): SdinspectError {
  const shown = found.slice(0, 5).map(quoted).join(', ')
  return new SdinspectError(
    'usage/arguments',
    `${quoted(path)} leads to ${found.length} checkpoints: ${shown}`,
    {
      hint: 'name one of them',
    },
  )
}
