import type { ComparedTensors } from './compared-tensors.ts'
import type { Pairing } from './pairing/pairing.ts'

/** How the rows of a head are laid for rotary embeddings: what is turned together side by side, or in two halves. */
type RowOrder = 'pairs' | 'halves'

/**
 * Known layouts, by names. Meta's own Llama and what keeps its names turns neighbours, and transformers the two halves of a
 * head, for which its convert_llama_weights_to_hf.py permutes q and k (`permute`); llama.cpp permutes them back for the
 * architecture `llama` (conversion of `LlamaModel`, `undo_permute`). Mistral's own files are as Meta's.
 */
function rowOrderOf(name: string, architecture: string | null): RowOrder | null {
  if (/(^|\.)layers\.\d+\.attention\.w[qk]\.(weight|bias)$/.test(name)) return 'pairs'
  if (/(^|\.)blk\.\d+\.attn_[qk]\.(weight|bias)$/.test(name) && architecture === 'llama') return 'pairs'
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
  architectures: readonly [a: string | null, b: string | null],
): { readonly a: string; readonly b: string }[] {
  const [ordersA, ordersB] = [ordersIn(pairing.a), ordersIn(pairing.b)]
  const mayDiffer = (ordersA.pairs && ordersB.halves) || (ordersA.halves && ordersB.pairs)
  if (!mayDiffer) return []
  return pairing.names().flatMap(([a, b]) => {
    const [inA, inB] = [rowOrderOf(a, architectures[0]), rowOrderOf(b, architectures[1])]
    return inA !== null && inB !== null && inA !== inB ? [{ a, b }] : []
  })
}
