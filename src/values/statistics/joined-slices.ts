import { joinedLooks, type LookState } from '../look.ts'
import type { ItemResult } from './checkpoint-statistics.ts'
import type { Slice } from './slices.ts'
import { mergedStates, type ValueState } from './value-state.ts'

/** What items come to of which several slices were read, those of an item one after the other. */
export async function* joinedSlices(
  slices: readonly Slice[],
  results: AsyncIterable<ItemResult>,
): AsyncGenerator<ItemResult> {
  let at = 0
  let state: ValueState | null = null
  let looks: LookState[] = []
  let error: ItemResult | null = null
  for await (const result of results) {
    if ('error' in result) error ??= result
    else {
      state = state === null ? result.state : mergedStates(state, result.state)
      if (result.look !== undefined) looks.push(result.look)
    }
    const { item } = slices[at++] as Slice
    if (slices[at]?.item === item) continue
    yield error ?? { state: state as ValueState, ...(looks.length > 0 && { look: joinedLooks(looks) }) }
    state = null
    looks = []
    error = null
  }
}
