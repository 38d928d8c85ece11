import type { DType } from './dtype.ts'
import type { Count, TensorReport, Totals } from './report.ts'
import { type Level, levelRank, weaker } from './verdict.ts'

class Counter {
  tensors = 0
  elements = 0
  bytes = 0

  add(tensor: TensorReport): void {
    this.tensors++
    this.elements += tensor.elements
    this.bytes += tensor.bytes ?? 0
  }

  get count(): Count {
    return { tensors: this.tensors, elements: this.elements, bytes: this.bytes }
  }
}

/** What a list of tensors adds up to. A tensor that is another name of one already counted is counted under `tied` only. */
export function totalsOf(tensors: Iterable<TensorReport>): Totals {
  const stored = new Counter()
  const kinds = { parameter: new Counter(), buffer: new Counter(), other: new Counter() }
  const tied = new Counter()
  const bookkeeping = new Counter()
  const dtypes = new Map<DType | null, Counter>()
  const perLevel: Record<Level, number> = { declared: 0, deduced: 0, recognised: 0, assumed: 0 }
  let logicalParameters = 0
  let isLeast = false
  const trainable = new TrainableSum()
  for (const tensor of tensors) {
    perLevel[tensor.kindLevel]++
    if (tensor.tiedTo !== null) {
      tied.add(tensor)
      continue
    }
    stored.add(tensor)
    kinds[tensor.kind].add(tensor)
    trainable.add(tensor)
    let counter = dtypes.get(tensor.dtype)
    if (counter === undefined) {
      counter = new Counter()
      dtypes.set(tensor.dtype, counter)
    }
    counter.add(tensor)
    if (tensor.quantised === undefined) {
      if (tensor.kind === 'parameter') logicalParameters += tensor.elements
    } else {
      const { logicalElements, leastElements = tensor.elements } = tensor.quantised
      logicalParameters += logicalElements ?? leastElements
      if (logicalElements === null) isLeast = true
      if (tensor.quantised.logicalElements === 0) bookkeeping.add(tensor)
    }
  }
  return {
    stored: stored.count,
    parameters: kinds.parameter.count,
    buffers: kinds.buffer.count,
    other: kinds.other.count,
    tied: tied.count,
    trainable: trainable.total,
    logicalParameters,
    ...(isLeast ? { logicalIsLeast: true as const } : {}),
    bookkeeping: bookkeeping.count,
    dtypes: [...dtypes]
      .map(([dtype, counter]) => ({ dtype, ...counter.count }))
      .sort((a, b) => b.bytes - a.bytes || b.elements - a.elements),
    levels: perLevel,
  }
}

/** Trainable elements: what is known to train and what may. A number when all answers are strong, a bound otherwise. */
class TrainableSum {
  #elements = 0
  #level: Level = 'declared'
  #weakest: Level = 'declared'
  #reason = ''
  #restLevel: Level = 'declared'
  #restReason = ''

  add(tensor: TensorReport): void {
    if (tensor.elements === 0) return
    const isNo = tensor.trainable === 'no'
    const level = isNo ? tensor.trainableLevel : weaker(tensor.trainableLevel, tensor.kindLevel)
    if (levelRank(level) > levelRank(this.#level)) this.#level = level
    if (isNo) {
      if (levelRank(level) > levelRank(this.#restLevel)) {
        this.#restLevel = level
        this.#restReason = tensor.trainableReason
      }
      return
    }
    // Scales of a quantised layer are no weights, whatever they are registered as.
    this.#elements += tensor.quantised?.logicalElements ?? tensor.quantised?.leastElements ?? tensor.elements
    // The reason is that of the weakest answer that counts: it is what makes the number a bound.
    if (this.#reason !== '' && levelRank(level) <= levelRank(this.#weakest)) return
    this.#weakest = level
    const isKind =
      tensor.trainable === 'yes' && levelRank(tensor.kindLevel) > levelRank(tensor.trainableLevel)
    this.#reason = isKind ? tensor.kindReason : tensor.trainableReason
  }

  get total(): Totals['trainable'] {
    const upperBound = levelRank(this.#level) > levelRank('deduced') && this.#elements > 0
    const known = `every answer is ${this.#level === 'declared' ? 'declared' : 'declared or deduced'}`
    const none = levelRank(this.#level) > levelRank('deduced') ? 'nothing in it is known to train' : known
    const strong = levelRank(this.#weakest) <= levelRank('deduced')
    const weak = strong
      ? `${this.#restLevel}, not recorded, that the rest does not train: ${this.#restReason}`
      : this.#level === 'recognised'
        ? `recognised, not recorded: ${this.#reason}`
        : this.#reason
    return {
      elements: this.#elements,
      level: this.#level,
      upperBound,
      reason: this.#elements === 0 ? none : upperBound ? weak : known,
    }
  }
}
