import type { EvidenceSource } from './source.ts'

/** A JSON report read as input brings its verdicts with it, with the levels and reasons they had. */
export const recorded: EvidenceSource = {
  id: 'recorded',
  title: 'An earlier report says so',
  collect({ stateDict }, claims) {
    const { recorded } = stateDict.facts
    if (recorded === undefined) return
    stateDict.tensors.forEach((tensor, index) => {
      const verdict = recorded.get(tensor.name)
      if (verdict === undefined) return
      if (verdict.countedAs !== undefined) claims.counted(index, verdict.countedAs)
      if (verdict.quantised !== undefined) {
        const { scheme, logicalElements, ...more } = verdict.quantised
        claims.quantised(index, scheme, logicalElements, more)
      }
      claims.kind(index, {
        answer: verdict.kind,
        level: verdict.kindLevel,
        reason: verdict.kindReason,
        source: this.id,
        ...(verdict.kindProbability === undefined ? {} : { probability: verdict.kindProbability }),
        ...(verdict.kindWithoutValues === undefined ? {} : { withoutValues: verdict.kindWithoutValues }),
      })
      claims.trainable(index, {
        answer: verdict.trainable,
        level: verdict.trainableLevel,
        reason: verdict.trainableReason,
        source: this.id,
      })
    })
  },
}
