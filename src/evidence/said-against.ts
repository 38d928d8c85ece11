import { finding } from '../findings/finding.ts'
import type { Finding } from '../model/finding.ts'
import type { ClaimBook } from './claim-book.ts'
import type { Subject } from './source.ts'

/**
 * Where the user says one kind and the file is recognised to hold the other. The user is believed, and told: a pattern that
 * fits more than was meant looks like this. One finding for each statement and what speaks against it.
 */
export function saidAgainst(
  { stateDict, said: { statements, manifest } }: Subject,
  book: ClaimBook,
): Finding[] {
  if (statements.length === 0 && manifest === null) return []
  const found = new Map<
    string,
    { first: string; count: number; saying: string; says: string; is: string; why: string }
  >()
  stateDict.tensors.forEach(({ name }, index) => {
    const best = book.kinds.best(index)
    if (best === undefined || best.level !== 'declared' || !best.reason.startsWith('by you')) return
    const other = book.kinds.at(index, 'recognised')
    if (other === undefined || other.answer === best.answer) return
    const key = `${best.reason}\0${other.reason}`
    const known = found.get(key)
    if (known !== undefined) known.count++
    else
      found.set(key, {
        first: name,
        count: 1,
        saying: best.reason,
        says: best.answer,
        is: other.answer,
        why: other.reason,
      })
  })
  return [...found.values()]
    .slice(0, mostFindings)
    .map(({ first, ...facts }) => finding('evidence/said-against', facts, { tensor: first }))
}

const mostFindings = 20
