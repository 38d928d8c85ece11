import { readFile, stat } from 'node:fs/promises'
import type { CheckFinding } from '../../check/findings/check-finding.ts'
import { openablePath } from '../../check/findings/openable-path.ts'
import { withTextLines } from '../../check/findings/text-line.ts'
import type { CheckedCheckpoint } from '../../check/run.ts'
import { entryOf } from '../../findings/catalogue.ts'

/** Larger texts are not searched: their findings point at the file. */
const mostBytes = 100_000_000

/** The findings of a checkpoint, those about an index or a configuration with their line. */
export async function locateFindings({
  path,
  report,
  findings,
}: CheckedCheckpoint): Promise<readonly CheckFinding[]> {
  if (report === null || findings.length === 0 || path === '-') return findings
  let located = findings
  for (const { name, role } of report.files) {
    if (role === 'weights') continue
    const file = openablePath(path, name, report.files)
    const isAbout = ({ rule, file: about }: CheckFinding): boolean =>
      about === file || (role === 'index' && entryOf(rule)?.ofIndex === true)
    if (!located.some((finding) => finding.line === null && isAbout(finding))) continue
    const text = await textOf(file)
    if (text !== null) located = withTextLines(located, isAbout, text, file)
  }
  return located
}

/** null for what cannot be read: a line is a help, not the finding. */
async function textOf(path: string): Promise<string | null> {
  const found = await stat(path).catch(() => null)
  if (found === null || !found.isFile() || found.size > mostBytes) return null
  return readFile(path, 'utf8').catch(() => null)
}
