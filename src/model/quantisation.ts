/** What a stored tensor of a quantised layout stands for. */
export interface Quantisation {
  /** `GPTQ 4-bit`. */
  readonly scheme: string
  /** Weights this tensor stands for; null where the layout does not say. 0 for bookkeeping (scales, zero points, indices). */
  readonly logicalElements: number | null
  /** Of the weight it stands for, where known. */
  readonly logicalShape?: readonly number[]
  /** Fewest weights it can stand for, where `logicalElements` is null. */
  readonly leastElements?: number
  /** Names of tensors it cannot be read without and that are not there. */
  readonly missing?: readonly string[]
}
