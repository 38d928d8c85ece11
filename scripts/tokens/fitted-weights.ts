import { featureNumber, type TokenWeights } from '../../src/evidence/token-table.ts'
import type { Example } from './examples.ts'

export interface FitOptions {
  readonly rounds: number
  /** How fast weights shrink: a word that one example has says little. */
  readonly decay: number
  /** Weight of examples of which nothing else speaks, against others. */
  readonly openWeight: number
}

/** Logistic regression: the log odds that a tensor is a buffer are the sum of the weights of its features. */
export function fittedWeights(examples: readonly Example[], options: FitOptions): TokenWeights {
  const perLibrary = new Map<string, number>()
  const weigh = (one: Example) => (one.isOpen ? options.openWeight : 1) * Math.min(4, Math.sqrt(one.count))
  for (const one of examples) perLibrary.set(one.library, (perLibrary.get(one.library) ?? 0) + weigh(one))
  const weights = new Map<number, number>()
  const squares = new Map<number, number>()
  // A large library is not worth all the small ones.
  const scale = (one: Example) => weigh(one) / Math.sqrt((perLibrary.get(one.library) ?? 1) + 50)
  const features = examples.map((one) => one.features.map(featureNumber))
  const order = examples.map((_, i) => i)
  let seed = 1
  const random = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
    return seed / 0x7fffffff
  }
  for (let round = 0; round < options.rounds; round++) {
    for (let i = order.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1))
      ;[order[i], order[j]] = [order[j] as number, order[i] as number]
    }
    for (const i of order) {
      const one = examples[i] as Example
      const error = (one.isBuffer ? 1 : 0) - probability(logOdds(weights, features[i] as number[]))
      const step = scale(one) * error
      for (const feature of features[i] as number[]) {
        const before = weights.get(feature) ?? 0
        const gradient = step - (options.decay * before) / examples.length
        const square = (squares.get(feature) ?? 0) + gradient * gradient
        squares.set(feature, square)
        weights.set(feature, before + (0.3 * gradient) / Math.sqrt(square + 1e-6))
      }
    }
  }
  return weights
}

function logOdds(weights: TokenWeights, features: readonly number[]): number {
  let sum = 0
  for (const feature of features) sum += weights.get(feature) ?? 0
  return sum
}

const probability = (odds: number): number => 1 / (1 + Math.exp(-odds))
