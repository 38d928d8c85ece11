import { lstat, stat } from 'node:fs/promises'
import type { NamedCheck } from '../../check/checked-once.ts'
import { openablePath } from '../../check/findings/openable-path.ts'
import type { CheckedCheckpoint } from '../../check/run.ts'
import type { Report } from '../../model/report.ts'

export type RealFiles = Pick<NamedCheck, 'weights' | 'beside' | 'isLink'>

/** By which files a check is known again: where they really are, by device and number. */
export async function realFiles({
  path,
  report,
  error,
  cause,
}: Pick<CheckedCheckpoint, 'path' | 'error' | 'cause'> & {
  readonly report: Pick<Report, 'files'> | null
}): Promise<RealFiles> {
  if (report === null || report.files.length === 0) {
    const file = (cause ?? error)?.file ?? path
    return { weights: [await realFile(file)], beside: [], isLink: await isLink(file) }
  }
  const [main] = report.files.filter(({ role }) => role !== 'config')
  const weights: string[] = []
  const beside: string[] = []
  for (const { name, role } of report.files) {
    const real = await realFile(openablePath(path, name, report.files))
    if (role === 'weights' || role === 'index') weights.push(real)
    else beside.push(`${name}\0${real}`)
  }
  return {
    weights: weights.sort(),
    beside: beside.sort(),
    isLink: main !== undefined && (await isLink(openablePath(path, main.name, report.files))),
  }
}

async function isLink(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null))?.isSymbolicLink() === true
}

/** What is nowhere on the disk (a server's, a member of an archive, standard input) is known by its name. */
async function realFile(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => null)
  return found === null ? `\0${path}` : `${found.dev}:${found.ino}`
}
