export type Kind = 'parameter' | 'buffer' | 'other'
export type Trainable = 'yes' | 'no' | 'unknown'

/** How an answer is known, strongest first. `declared` and `deduced` are never wrong; `assumed` is a base rate. */
export const levels = ['declared', 'deduced', 'recognised', 'assumed'] as const
export type Level = (typeof levels)[number]

const ranks: Readonly<Record<Level, number>> = { declared: 0, deduced: 1, recognised: 2, assumed: 3 }

/** 0 for `declared` to 3 for `assumed`: lower is stronger. */
export function levelRank(level: Level): number {
  return ranks[level]
}

/** The weaker of two levels: what follows from two facts is no better known than the worse of them. */
export function weaker(a: Level, b: Level): Level {
  return levelRank(a) >= levelRank(b) ? a : b
}

/** An answer and why. Shared between tensors: a reason speaks of a rule, not of one tensor. */
export interface Answer<T> {
  readonly answer: T
  readonly level: Level
  /** What a person can check, one line, no full stop. */
  readonly reason: string
  /** The id of the evidence source. */
  readonly source: string
  /** Of an assumed answer: how likely it is right, where that was measured. */
  readonly probability?: number
  /** Of an answer that rests on the values of the tensor: what it is taken for where they are not read. */
  readonly withoutValues?: T
}

/** Both answers for one tensor. */
export interface Verdict {
  readonly kind: Answer<Kind>
  readonly trainable: Answer<Trainable>
}
