/** What any input may take for each of its bytes. What a run takes of itself is that of `ownBytes` of them. */
export const bounds = {
  /** Statements of the code that is fuzzed. */
  steps: 2_000,
  /** Bytes of typed arrays. */
  allocated: 2_048,
  ownBytes: 1_000,
} as const
