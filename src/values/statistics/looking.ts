import type { LookState } from '../look.ts'
import type { ValueItem } from './statistics-plan.ts'

/** What is looked at beside the statistics. */
export interface Looking {
  /** Whether the values of an item of a tensor of this name are kept one by one. */
  isKept(item: ValueItem, name: string): boolean
  /** Is given what was seen of each item in its turn, of a part of each slice; null where nothing was. */
  take(item: ValueItem, name: string, seen: LookState | null): void
}
