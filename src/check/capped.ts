import type { Found } from './finding.ts'

/** Findings of one kind told one by one. What people read folds them further. */
const most = 1_000

/** The findings, or the first of them and how many more there are: a model has thousands of tensors. */
export function* capped(findings: Iterable<Found>, what: string): Generator<Found> {
  let count = 0
  let last: Found | null = null
  for (const found of findings) {
    if (++count <= most) yield found
    last = found
  }
  if (last === null || count <= most) return
  const { level, at, file } = last
  yield {
    message: `${count - most} more tensors ${what}`,
    ...(level === undefined ? {} : { level }),
    ...(at === undefined ? {} : { at }),
    ...(file === undefined ? {} : { file }),
  }
}
