import type { CheckFinding } from './finding.ts'

/** Findings located in one text: each takes a search of it. */
const mostSearches = 100

/**
 * The findings about a text (an index, a config.json) with the line that shows what they are about: the first that
 * has the tensor, or else a name the message quotes, or the key it begins with.
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
    const offset = mentions(finding)
      .map((mention) => text.indexOf(JSON.stringify(mention)))
      .find((found) => found >= 0)
    return { ...finding, file, line: offset === undefined ? 1 : lineAt(text, offset) }
  })
}

function mentions({ tensor, message }: CheckFinding): string[] {
  const quoted = message.match(/"(?:[^"\\]|\\.)*"/g) ?? []
  const key = /^[a-z]+(?:_[a-z]+)+/.exec(message)?.[0]
  return [key, tensor, ...quoted.slice(0, 3).map(unquoted)].filter(
    (one): one is string => typeof one === 'string',
  )
}

function unquoted(text: string): string | null {
  try {
    return String(JSON.parse(text))
  } catch {
    return null
  }
}

function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}
