import type { PublishedNames } from '../formats/published-names.ts'
import type { ComparedTensors } from './compared-tensors.ts'
import type { Pairing } from './pairing/pairing.ts'

/** How the rows of a head are laid for rotary embeddings: what is turned together side by side, or in two halves. */
type RowOrder = 'pairs' | 'halves'

/**
 * Known layouts, by names. Meta's own Llama and what keeps its names turns neighbours, and transformers the two halves of a
 * head, for which its convert_llama_weights_to_hf.py permutes q and k (`permute`); converters of some formats permute them
 * back (`PublishedNames.turnsNeighbours`). Mistral's own files are as Meta's.
 */
function rowOrderOf(name: string, published: PublishedNames | undefined): RowOrder | null {
  if (/(^|\.)layers\.\d+\.attention\.w[qk]\.(weight|bias)$/.test(name)) return 'pairs'
  if (/(^|\.)blk\.\d+\.attn_[qk]\.(weight|bias)$/.test(name) && published?.turnsNeighbours) return 'pairs'
  return /(^|\.)layers\.\d+\.self_attn\.[qk]_proj\.(weight|bias)$/.test(name) ? 'halves' : null
}

/** Which of the orders names of a side may say, by their segments. */
function ordersIn({ inspection }: ComparedTensors): Record<RowOrder, boolean> {
  const has = (...segments: readonly string[]) =>
    inspection.hasSegment((segment) => segments.includes(segment))
  return { pairs: has('wq', 'wk', 'attn_q', 'attn_k'), halves: has('q_proj', 'k_proj') }
}

/** Pairs of tensors whose rows lie in another order on either side, by their names in `a` and in `b`. */
export function reorderedRows(
  pairing: Pairing,
  published: readonly [a: PublishedNames | undefined, b: PublishedNames | undefined],
): { readonly a: string; readonly b: string }[] {
  const [ordersA, ordersB] = [ordersIn(pairing.a), ordersIn(pairing.b)]
  const mayDiffer = (ordersA.pairs && ordersB.halves) || (ordersA.halves && ordersB.pairs)
  if (!mayDiffer) return []
  return pairing.names().flatMap(([a, b]) => {
    const [inA, inB] = [rowOrderOf(a, published[0]), rowOrderOf(b, published[1])]
    return inA !== null && inB !== null && inA !== inB ? [{ a, b }] : []
  })
}
