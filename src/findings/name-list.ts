import { quoted } from '../errors.ts'

/** The first ten names and how many more: `"a", "b" and 3 more`. */
export function nameList(names: readonly string[]): string {
  const shown = names.slice(0, 10).map(quoted)
  if (names.length > shown.length) return `${shown.join(', ')} and ${names.length - shown.length} more`
  const last = shown.pop()
  return shown.length === 0 ? (last ?? 'none') : `${shown.join(', ')} and ${last}`
}

/** `a shard is` of one, `3 shards are` of three. */
export function counted({ length }: readonly string[], one: string, many: string): string {
  return length === 1 ? one : `${length} ${many}`
}
