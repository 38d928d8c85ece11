import type { ClaimBook } from '../claim-book.ts'
import type { Subject } from '../source.ts'

/**
 * A rule that ties tensors to each other and so carries an answer from one to another. Rules see the answers
 * so far and run in turn until none adds anything. Register it in `carry/index.ts`.
 */
export interface CarryRule {
  readonly id: string
  readonly title: string
  /** Adds claims that follow from the best answers so far; whether it added any. */
  carry(subject: Subject, book: ClaimBook): boolean
}
