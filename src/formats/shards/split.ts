import { finding } from '../../findings/finding.ts'
import type { Checkpoint } from '../../model/checkpoint.ts'
import { fileName } from '../../source/file-name.ts'
import { shardName } from './shard-name.ts'

/** With what is wrong with the name of a file that says which part of a set it is: llama.cpp finds parts by their names. */
export function withPartFindings(checkpoint: Checkpoint, path: string): Checkpoint {
  const set = checkpoint.stateDicts[0]?.facts.set
  if (set === undefined) return checkpoint
  const { number, of } = set
  const file = fileName(path)
  const named = shardName(file)
  if (named?.number === number && named.of === of) return checkpoint
  const found =
    named === undefined
      ? finding('gguf/one-part', { number, of }, { file })
      : finding('gguf/other-part', { number, of, called: named.number, calledOf: named.of }, { file })
  return { ...checkpoint, findings: [...checkpoint.findings, found] }
}
