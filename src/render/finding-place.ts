import type { CheckFinding } from '../check/check-finding.ts'

/** The file a finding points at, as CI services want it: relative, with `/`, no `./`. */
export function reportPath({ file, path }: CheckFinding): string {
  const shown = (file ?? path).replaceAll('\\', '/')
  return shown.replace(/^(?:\.\/)+/, '') || '.'
}

/** The findings that count, and those that do not when they are asked for. */
export function shownFindings(
  findings: readonly CheckFinding[],
  showSuppressed: boolean,
): readonly CheckFinding[] {
  return showSuppressed ? findings : findings.filter(({ suppressed }) => suppressed === null)
}

/** What a finding says, in one line: the tensor where the message does not name it, and the fix. */
export function findingSentence({ message, tensor, fix }: CheckFinding): string {
  const name = tensor === null || message.includes(tensor) ? '' : `${tensor}: `
  return `${name}${message}${fix === null ? '' : ` (fix: ${fix})`}`
}
