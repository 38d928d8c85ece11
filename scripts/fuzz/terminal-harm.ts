/** The text without SGR colours, which are ours. */
const uncoloured = (text: string): string => text.replace(/\x1b\[[0-9;]*m/g, '')

/** What in `text` would do something to a terminal or a CI runner; null for nothing. */
export function terminalHarm(text: string): string | null {
  const lines = uncoloured(text)
  const control = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)/.exec(lines)
  if (control !== null)
    return `control ${JSON.stringify(lines.slice(Math.max(0, control.index - 20), control.index + 20))}`
  const hidden = /[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u.exec(lines)
  if (hidden !== null)
    return `hidden ${JSON.stringify(lines.slice(Math.max(0, hidden.index - 20), hidden.index + 20))}`
  if (/\p{M}{20}/u.test(lines)) return 'a storm of marks'
  const command = /^\s*::|##\[|##vso|##teamcity|section_(start|end):|^\s*(---|\+\+\+) /m.exec(lines)
  if (command !== null) return `command ${JSON.stringify(lines.slice(command.index, command.index + 40))}`
  return null
}
