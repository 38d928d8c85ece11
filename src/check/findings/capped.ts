import type { More } from '../../findings/more.ts'
import type { Finding } from '../../model/finding.ts'
import type { Tell } from '../rule.ts'

/** Findings of one kind told one by one. What people read folds them further. */
const most = 1_000

/** The findings, or the first of them and how many more there are: a model has thousands of tensors. */
export function* capped(findings: Iterable<Finding>, tell: Tell<More>): Generator<Finding> {
  let count = 0
  let last: Finding | null = null
  for (const one of findings) {
    if (++count <= most) yield one
    last = one
  }
  if (last !== null && count > most) yield tell({ more: count - most }, { at: last.at })
}
