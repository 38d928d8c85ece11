import type { Totals } from './report.ts'

/**
 * Bytes of training with AdamW in mixed precision, a parameter that trains: its weight and gradient in 16 bits, and in 32
 * bits a copy of the weight and two moments (Rajbhandari et al., "ZeRO", arXiv 1910.02054, section 3.1). One that is
 * frozen is its weight in 16 bits.
 */
const trainedBytes = 2 + 2 + 4 + 4 + 4
const frozenBytes = 2

/** Bytes that a model takes in memory, in one form and another. Activations and a runtime's own needs are in none. */
export interface Memory {
  /** As the file has it, tied tensors once. */
  readonly stored: number
  /** With every weight in so many bits and all else as stored; the scales of quantised weights are not counted. */
  readonly bf16: number
  readonly int8: number
  readonly int4: number
  /** To train with AdamW in mixed precision what is not known to be frozen. */
  readonly training: number
}

/** @param totals of a state dict */
export function memoryOf(totals: Totals): Memory {
  const { stored, buffers, other, parameters, trainable, logicalParameters: weights } = totals
  const isPacked = weights !== parameters.elements
  // Of packed weights the numbers and their scales are gone once they are unpacked.
  const beside = isPacked ? 0 : buffers.bytes + other.bytes
  const frozen = Math.max(0, parameters.elements - trainable.elements)
  // And while others train, they stay as they are.
  const kept = isPacked
    ? Math.max(0, stored.bytes - trainable.elements * frozenBytes)
    : frozen * frozenBytes + beside
  return {
    stored: stored.bytes,
    bf16: weights * 2 + beside,
    int8: weights + beside,
    int4: Math.ceil(weights / 2) + beside,
    training: trainable.elements * trainedBytes + kept,
  }
}
