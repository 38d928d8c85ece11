import { finding } from '../../findings/finding.ts'
import type { Plain } from '../../model/checkpoint.ts'
import type { Finding } from '../../model/finding.ts'
import { shardName } from '../shards/shard-name.ts'

/** What a file says of the set that it is a part of (`split.*`, llama.cpp's gguf-split). */
export interface Split {
  /** From 1, as in names of files. */
  readonly number: number
  readonly of: number
  /** Of all parts together; null where it does not say. */
  readonly tensors: number | null
}

/** Undefined of a file that is whole. */
export function splitOf(values: ReadonlyMap<string, Plain>): Split | undefined {
  const [no, of, tensors] = ['split.no', 'split.count', 'split.tensors.count'].map((key) => values.get(key))
  if (typeof no !== 'number' || typeof of !== 'number' || of < 2) return undefined
  return { number: no + 1, of, tensors: typeof tensors === 'number' ? tensors : null }
}

/** llama.cpp finds the parts by their names, and refuses one that says it is another. */
export function splitFindings(split: Split | undefined, file: string): Finding[] {
  if (split === undefined) return []
  const { number, of } = split
  const named = shardName(file)
  if (named === undefined) return [finding('gguf/one-part', { number, of }, { file })]
  if (named.number === number && named.of === of) return []
  return [finding('gguf/other-part', { number, of, called: named.number, calledOf: named.of }, { file })]
}
