import type { CheckFinding } from './check-finding.ts'

/** Findings located in one text: each takes a search of it. */
const mostSearches = 100

/**
 * The findings about a text (an index, a config.json) with the line that shows what they are about: the first that
 * has the key, or else the tensor.
 *
 * @param isAbout whether a finding is about this text
 * @param file the path of the text, as a person can open it
 */
export function withTextLines(
  findings: readonly CheckFinding[],
  isAbout: (finding: CheckFinding) => boolean,
  text: string,
  file: string,
): readonly CheckFinding[] {
  let searches = 0
  return findings.map((finding) => {
    if (finding.line !== null || !isAbout(finding) || ++searches > mostSearches) return finding
    const offset = [finding.key, finding.tensor]
      .map((name) => (name === null ? -1 : text.indexOf(JSON.stringify(name))))
      .find((found) => found >= 0)
    return { ...finding, file, line: offset === undefined ? 1 : lineAt(text, offset) }
  })
}

function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}
