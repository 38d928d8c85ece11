import type { DType } from './dtype.ts'
import type { Count, TensorReport, Totals } from './report.ts'
import { type Level, levelRank, levels, weaker } from './verdict.ts'

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
      logicalParameters += tensor.quantised.logicalElements ?? tensor.elements
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
  #unknown = 0
  #level: Level = 'declared'
  #weakReason = ''

  add(tensor: TensorReport): void {
    const level =
      tensor.trainable === 'no' ? tensor.trainableLevel : weaker(tensor.trainableLevel, tensor.kindLevel)
    if (tensor.trainable !== 'no') {
      this.#elements += tensor.elements
      if (tensor.trainable === 'unknown') this.#unknown += tensor.elements
    }
    if (tensor.elements > 0 && levelRank(level) > levelRank(this.#level)) {
      this.#level = level
      this.#weakReason = tensor.trainableReason
    }
  }

  get total(): Totals['trainable'] {
    const upperBound = levels.indexOf(this.#level) > 1 && (this.#elements > 0 || this.#level === 'assumed')
    return {
      elements: this.#elements,
      level: this.#level,
      upperBound,
      reason: upperBound
        ? this.#weakReason
        : `every answer is ${this.#level === 'declared' ? 'declared' : 'declared or deduced'}`,
    }
  }
}
