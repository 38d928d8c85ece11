import type { Answer, Kind } from '../model/verdict.ts'
import type { ClaimBook } from './claim-book.ts'
import type { Family } from './families.ts'
import { isFloating, ModuleView } from './module-view.ts'
import type { Subject } from './source.ts'
import { seenIn, tokenFeatures } from './token-features.ts'
import { featureNumber, type TokenWeights, tokenWeights } from './token-table.ts'

/** Tensors that are looked at, alike ones once: of more nothing is said but the base rate. */
const mostLooks = 50_000

/**
 * Above it a tensor is taken for a buffer. Where libraries are left out of the training, most that are above are; below, a
 * parameter is taken for a buffer too often.
 */
const enough = 0.65

/** What most layers learn is called so: a buffer of that name is one by more than what is beside it. */
const learned = new Set(['weight', 'bias'])
const enoughOfLearned = 0.9

export function isTakenForBuffer(leaf: string, probability: number): boolean {
  return probability > (learned.has(leaf) ? enoughOfLearned : enough)
}

/** Odds of a table made of some libraries are too sure of others: what is left of them, and what is added (`npm run tokens`). */
const calibration = { scale: 0.95, shift: -0.2 }

/** How likely it is that a tensor of these features is a buffer. */
export function bufferProbability(
  features: readonly string[],
  weights: TokenWeights = tokenWeights(),
): number {
  let odds = 0
  for (const feature of features) odds += weights.get(featureNumber(feature)) ?? 0
  return 1 / (1 + Math.exp(-(calibration.scale * odds + calibration.shift)))
}

/**
 * Says of the float tensors that nothing speaks of what such names mostly are, and how often that is right. Asked last: it
 * is weaker than all else.
 */
export function breakTies(subject: Subject, book: ClaimBook, families: readonly Family[]): void {
  const { kinds } = book
  const answers = new Map<number, Answer<Kind>>()
  let looks = 0
  for (const family of families) {
    const [first] = family
    if (first === undefined) continue
    const view = new ModuleView(subject, first)
    const isOpen = (module: number) => {
      for (const index of subject.tree.ownOf(module)) if (kinds.bestId(index) < 0) return true
      return false
    }
    if (!family.some(isOpen)) continue
    for (const [place, own] of view.own.values().entries()) {
      // A number for a name, as of Keras' lists of variables, and an empty tensor say nothing.
      if (!isFloating(own.tensor) || own.tensor.elements === 0 || !/[A-Za-z]/.test(own.leaf)) continue
      if (looks++ >= mostLooks) return
      const probability = bufferProbability(tokenFeatures(seenIn(view, own)))
      const percent = Math.round(100 * probability)
      const isBuffer = isTakenForBuffer(own.leaf, probability)
      const key = isBuffer ? percent : -1 - percent
      let answer = answers.get(key)
      if (answer === undefined) {
        answer = answerOf(isBuffer, percent)
        answers.set(key, answer)
      }
      for (const module of family) {
        const index = subject.tree.ownOf(module)[place] as number
        if (kinds.bestId(index) < 0) book.kind(index, answer)
      }
    }
  }
}

function answerOf(isBuffer: boolean, percent: number): Answer<Kind> {
  const source = 'base-rate'
  const level = 'assumed'
  // A parameter is said below even odds too, as to be wrong the other way costs more.
  const share = Math.min(99, Math.max(1, isBuffer ? percent : 100 - percent))
  return isBuffer
    ? {
        answer: 'buffer',
        level,
        reason: 'a guess by its name: most that are called so in public classes are buffers',
        source,
        probability: share / 100,
      }
    : {
        answer: 'parameter',
        level,
        reason: 'a guess: a float entry of a state dict is mostly a parameter',
        source,
        probability: share / 100,
      }
}
