import type { OriginalTensor } from '../model/explanation.ts'

/** What converters do to values, in words. */
export const conversionTexts: Readonly<Record<NonNullable<OriginalTensor['converted']>, string>> = {
  'one-added': 'llama.cpp adds 1: the model computes with 1 + weight, ggml with the weight',
  'minus-exp': 'llama.cpp keeps -exp(A_log)',
  regrouped: 'q, k and v of each head became all q, all k, all v',
}

/** What a tensor was before it was converted: `in transformers model.norm.weight`. */
export function originalText({ library, names, isPart, converted }: OriginalTensor): string {
  const how = converted === undefined ? '' : `; ${conversionTexts[converted]}`
  return `in ${library} ${isPart ? 'a part of ' : ''}${names.join(' or ')}${how}`
}
