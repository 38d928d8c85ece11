import type { Inspection } from './inspection.ts'
import { levelRank } from './verdict.ts'

/** Parameters of which something weaker than a fact of the file says that they do not train. */
export interface Untrained {
  /** Packed weights as the weights they stand for. */
  readonly elements: number
  readonly reason: string
}

/** Parameters that are taken not to train and may: by each reason, in the order of the tensors. */
export function recognisedUntrained(inspection: Inspection): readonly Untrained[] {
  const { table, pool, verdicts, quantisations } = inspection
  const isSuch = pool.map(
    ({ kind, trainable }) =>
      kind.answer === 'parameter' &&
      trainable.answer === 'no' &&
      levelRank(trainable.level) > levelRank('deduced'),
  )
  if (!isSuch.includes(true)) return []
  const sums = new Map<string, number>()
  for (let index = 0; index < table.length; index++) {
    const number = verdicts[index] as number
    if (!isSuch[number] || !inspection.isCounted(index)) continue
    const reason = pool[number]?.trainable.reason ?? ''
    const { logicalElements, leastElements } = quantisations.at(index) ?? {}
    const elements = logicalElements ?? leastElements ?? table.elements(index)
    sums.set(reason, (sums.get(reason) ?? 0) + elements)
  }
  return [...sums].map(([reason, elements]) => ({ elements, reason })).filter(({ elements }) => elements > 0)
}
