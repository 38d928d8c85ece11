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

/** Pairs of tensors whose rows lie in another order on either side, by their names in `a` and in `b`. */
export function reorderedRows(
  pairs: readonly (readonly [a: string, b: string])[],
  architectures: readonly [a: string | null, b: string | null],
): { readonly a: string; readonly b: string }[] {
  return pairs.flatMap(([a, b]) => {
    const [inA, inB] = [rowOrderOf(a, architectures[0]), rowOrderOf(b, architectures[1])]
    return inA !== null && inB !== null && inA !== inB ? [{ a, b }] : []
  })
}
