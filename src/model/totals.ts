import type { Inspection } from './inspection.ts'
import type { Count, Totals } from './report.ts'
import { dtypeNames } from './tensors/tensor-table.ts'
import { type Level, levelRank, type Verdict, weaker } from './verdict.ts'

class Counter {
  tensors = 0
  elements = 0
  bytes = 0

  add(tensors: number, elements: number, bytes: number): void {
    this.tensors += tensors
    this.elements += elements
    this.bytes += bytes
  }

  get count(): Count {
    return { tensors: this.tensors, elements: this.elements, bytes: this.bytes }
  }
}

/** What tensors of one verdict add up to, tied ones left out. */
class VerdictSum extends Counter {
  readonly verdict: Verdict
  /** Whether any of them has elements, and so counts for what is trainable. */
  weighs = false
  /** As the model's author counts them: packed weights as the weights they stand for. */
  logical = 0

  constructor(verdict: Verdict) {
    super()
    this.verdict = verdict
  }
}

/**
 * What the tensors of a state dict add up to. A tensor that is another name of one already counted is counted under
 * `tied` only; one that a loader gives the values of another, under `tied` with its elements alone: its bytes are stored.
 *
 * @param uncounted those that are such names
 */
export function totalsOf(inspection: Inspection, uncounted: ReadonlySet<number>): Totals {
  const { table, verdicts, pool, quantisations, countedAs } = inspection
  const stored = new Counter()
  const kinds = { parameter: new Counter(), buffer: new Counter(), other: new Counter() }
  const tied = new Counter()
  const bookkeeping = new Counter()
  const dtypes = new Map<number, Counter>()
  let logicalParameters = 0
  let isLeast = false
  const perVerdict = new Float64Array(pool.length)
  // By number of the verdict, and in the order in which their first weighing tensors come.
  const sums: (VerdictSum | undefined)[] = new Array(pool.length)
  const weighing: VerdictSum[] = []
  const types = table.columns.dtypes
  const isPlain = quantisations.isEmpty
  for (let index = 0; index < table.length; index++) {
    const number = verdicts[index] as number
    const elements = table.elements(index)
    const bytes = table.bytes(index) ?? 0
    perVerdict[number] = (perVerdict[number] as number) + 1
    if (uncounted.size > 0 && uncounted.has(index)) {
      tied.add(1, elements, bytes)
      continue
    }
    let sum = sums[number]
    if (sum === undefined) {
      sum = new VerdictSum(pool[number] as Verdict)
      sums[number] = sum
    }
    const type = types[index] as number
    let counter = dtypes.get(type)
    if (counter === undefined) {
      counter = new Counter()
      dtypes.set(type, counter)
    }
    if (countedAs.size > 0 && countedAs.has(index)) {
      tied.add(1, elements, bytes)
      sum.add(0, 0, bytes)
      counter.add(0, 0, bytes)
      continue
    }
    if (!sum.weighs && elements > 0) {
      sum.weighs = true
      weighing.push(sum)
    }
    sum.add(1, elements, bytes)
    counter.add(1, elements, bytes)
    const quantised = isPlain ? undefined : quantisations.at(index)
    if (elements > 0) sum.logical += quantised?.logicalElements ?? quantised?.leastElements ?? elements
    if (quantised === undefined) {
      if (sum.verdict.kind.answer === 'parameter') logicalParameters += elements
    } else {
      const { logicalElements, leastElements = elements } = quantised
      logicalParameters += logicalElements ?? leastElements
      if (logicalElements === null) isLeast = true
      if (logicalElements === 0) bookkeeping.add(1, elements, bytes)
    }
  }
  for (const sum of sums) {
    if (sum === undefined) continue
    stored.add(sum.tensors, sum.elements, sum.bytes)
    kinds[sum.verdict.kind.answer].add(sum.tensors, sum.elements, sum.bytes)
  }
  const perLevel: Record<Level, number> = { declared: 0, deduced: 0, recognised: 0, assumed: 0 }
  pool.forEach(({ kind }, number) => {
    perLevel[kind.level] += perVerdict[number] as number
  })
  const trainable = new TrainableSum()
  for (const sum of weighing) trainable.add(sum)
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
      .map(([type, counter]) => ({ dtype: dtypeNames[type] ?? null, ...counter.count }))
      .sort((a, b) => b.bytes - a.bytes || b.elements - a.elements),
    levels: perLevel,
  }
}

/** Trainable elements: what is known to train, and what is not known not to. One number when all answers are strong. */
class TrainableSum {
  /** What is not known not to train. */
  #most = 0
  /** What is known to train. */
  #least = 0
  /** What is recognised to train, or known to. */
  #recognised = 0
  #level: Level = 'declared'
  #weakest: Level = 'declared'
  #reason = ''
  #restLevel: Level = 'declared'
  #restReason = ''

  /** Verdicts in the order of their first tensors: of two that are as weak, the reason of the first is told. */
  add({ verdict: { kind, trainable }, logical }: VerdictSum): void {
    const isNo = trainable.answer === 'no'
    const level = isNo ? trainable.level : weaker(trainable.level, kind.level)
    if (levelRank(level) > levelRank(this.#level)) this.#level = level
    if (isNo) {
      if (levelRank(level) > levelRank(this.#restLevel)) {
        this.#restLevel = level
        this.#restReason = trainable.reason
      }
      // That a parameter does not train is known, or it may: what no optimizer was given is no proof.
      if (kind.answer === 'parameter' && levelRank(level) > levelRank('deduced')) this.#most += logical
      return
    }
    // Scales of a quantised layer are no weights, whatever they are registered as.
    this.#most += logical
    if (
      trainable.answer === 'yes' &&
      kind.answer === 'parameter' &&
      levelRank(level) < levelRank('assumed')
    ) {
      this.#recognised += logical
      if (levelRank(level) <= levelRank('deduced')) this.#least += logical
    }
    // The reason is that of the weakest answer that counts: it is what makes the number a bound.
    if (this.#reason !== '' && levelRank(level) <= levelRank(this.#weakest)) return
    this.#weakest = level
    const isKind = trainable.answer === 'yes' && levelRank(kind.level) > levelRank(trainable.level)
    this.#reason = isKind ? kind.reason : trainable.reason
  }

  get total(): Totals['trainable'] {
    const upperBound = levelRank(this.#level) > levelRank('deduced') && this.#most > 0
    const known = `every answer is ${this.#level === 'declared' ? 'declared' : 'declared or deduced'}`
    const none = levelRank(this.#level) > levelRank('deduced') ? 'nothing in it is known to train' : known
    const strong = levelRank(this.#weakest) <= levelRank('deduced')
    const weak = strong
      ? `${this.#restLevel}, not recorded, that the rest does not train: ${this.#restReason}`
      : this.#level === 'recognised'
        ? `recognised, not recorded: ${this.#reason}`
        : this.#reason
    return {
      elements: this.#most,
      atLeast: upperBound ? this.#least : this.#most,
      recognised: upperBound ? this.#recognised : this.#most,
      level: this.#level,
      upperBound,
      reason: this.#most === 0 ? none : upperBound ? weak : known,
    }
  }
}
