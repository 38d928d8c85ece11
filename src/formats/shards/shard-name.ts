/** A file name of the form `model-00001-of-00005.safetensors`, taken apart. */
export interface ShardName {
  /** What the shards of one set share: the name with the two numbers left out. */
  readonly set: string
  readonly number: number
  readonly of: number
}

/**
 * Takes `<stem><number>-of-<number><ending>` apart; undefined for other names. Stems end in `-`, `_` (BLOOM)
 * or nothing in the wild, so the digits alone decide. Numbers are read to find gaps, never to build a name.
 */
export function shardName(name: string): ShardName | undefined {
  const middle = name.lastIndexOf('-of-')
  if (middle < 0) return undefined
  let begin = middle
  while (begin > 0 && isDigit(name.charCodeAt(begin - 1))) begin--
  let end = middle + 4
  while (end < name.length && isDigit(name.charCodeAt(end))) end++
  if (begin === middle || end === middle + 4 || end - begin > 30) return undefined
  return {
    set: `${name.slice(0, begin)}N-of-M${name.slice(end)}`,
    number: Number(name.slice(begin, middle)),
    of: Number(name.slice(middle + 4, end)),
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}
