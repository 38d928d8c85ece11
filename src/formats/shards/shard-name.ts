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

/**
 * Tells of files beside the shards of an index whether they are of their set, and none of them by its number: a shard of
 * another save, or one with a word for its number (`model-mtp-of-00004.safetensors`). There may be thousands of both.
 */
export function besideShards(shards: readonly string[]): (name: string) => boolean {
  const named = new Set(shards)
  const sets = new Set(shards.flatMap((shard) => shardName(shard)?.set ?? []))
  return (name) => {
    if (named.has(name)) return false
    const set = shardName(name)?.set
    if (set !== undefined) return sets.has(set)
    return [...sets].some((one) => {
      const [before = '', after = ''] = one.split('N-of-M')
      if (!name.startsWith(before) || !name.endsWith(after)) return false
      return /^[A-Za-z]\w{0,40}(?:-of-\d{1,9})?$/.test(name.slice(before.length, name.length - after.length))
    })
  }
}

/** The name that a browser or a desktop made a copy of: `x.bin` of `x (1).bin`, `x - Copy.bin`; undefined for others. */
export function originalOf(name: string): string | undefined {
  const found = /^(.+?)(?: \(\d{1,3}\)| - Copy(?: \(\d{1,3}\))?| copy(?: \d{1,3})?)(\.[A-Za-z.]{1,40})$/.exec(
    name,
  )
  return found === null ? undefined : `${found[1]}${found[2]}`
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}
