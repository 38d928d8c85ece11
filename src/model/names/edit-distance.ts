/**
 * How many characters to insert, delete, replace or swap with their neighbour to get from `a` to `b`; any
 * number above `most` when it is more than that.
 */
export function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    let least = i
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(
        (above[j] as number) + 1,
        (row[j - 1] as number) + 1,
        (above[j - 1] as number) + (same ? 0 : 1),
      )
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] as number) + 1)
      row.push(cost)
      least = Math.min(least, cost)
    }
    if (least > most) return most + 1
    before = above
    above = row
  }
  return above[b.length] as number
}

/** The word of `words` that `typed` was probably meant to be: at most a third of it is mistyped. */
export function nearest(typed: string, words: Iterable<string>): string | undefined {
  let best: string | undefined
  let most = Math.max(1, Math.floor(Math.min(typed.length, 60) / 3))
  for (const word of words) {
    const distance = editDistance(typed.toLowerCase(), word.toLowerCase(), most)
    if (distance > most) continue
    if (distance === 0) return word
    best = word
    most = distance - 1
  }
  return best
}
