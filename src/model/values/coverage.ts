import type { Coverage } from './statistics.ts'

/** What several verdicts on values rest on together. */
export function joinedCoverage(coverages: readonly Coverage[]): Coverage {
  const sum = (of: (coverage: Coverage) => number) => coverages.reduce((all, one) => all + of(one), 0)
  return {
    state: coverages.every(({ state }) => state === 'complete') ? 'complete' : 'partial',
    tensors: sum(({ tensors }) => tensors),
    tensorsRead: sum(({ tensorsRead }) => tensorsRead),
    bytes: sum(({ bytes }) => bytes),
    bytesRead: sum(({ bytesRead }) => bytesRead),
    uncovered: coverages.flatMap(({ uncovered }) => uncovered),
  }
}
