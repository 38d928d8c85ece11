import { quoted } from '../errors.ts'

/** The first ten names and how many more: `"a", "b" and 3 more`. */
export function nameList(names: readonly string[]): string {
  const shown = names.slice(0, 10).map(quoted)
  if (names.length > shown.length) return `${shown.join(', ')} and ${names.length - shown.length} more`
  const last = shown.pop()
  return shown.length === 0 ? (last ?? 'none') : `${shown.join(', ')} and ${last}`
}
