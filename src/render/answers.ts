import { isSdinspectError } from '../errors.ts'
import type { Explanation } from '../model/explanation.ts'
import { type Report, type StateDictReport, schemaVersion } from '../model/report.ts'
import { version } from '../version.ts'
import { treeAnswer } from './tree-answer.ts'

/** What starts every JSON answer. */
const head = { schemaVersion, tool: { name: 'sdinspect', version } } as const

/** The answer for a checkpoint that could not be read. */
export function errorAnswer(path: string, error: unknown): object {
  const known = isSdinspectError(error)
  return {
    ...head,
    path,
    error: {
      code: known ? error.code : 'internal/bug',
      message: error instanceof Error ? error.message : String(error),
      ...(known ? { file: error.file, offset: error.offset, tensor: error.tensor, hint: error.hint } : {}),
    },
  }
}

/** The answer for several checkpoints: each is what it would be alone. */
export function severalAnswer(checkpoints: readonly object[]): object {
  return { ...head, checkpoints }
}

/** The answer of `ls`: the tensors of one state dict. */
export function listAnswer(report: Report, stateDict: StateDictReport | undefined): object {
  return {
    ...head,
    path: report.path,
    stateDict: stateDict?.path ?? '',
    tensors: stateDict?.tensors ?? [],
  }
}

/** The answer of `tree`: the modules of one state dict, nested. */
export function treeAnswerOf(report: Report, stateDict: StateDictReport | undefined, depth?: number): object {
  return {
    ...head,
    path: report.path,
    stateDict: stateDict?.path ?? '',
    tree: stateDict === undefined ? null : treeAnswer(stateDict, depth),
  }
}

/** The answer of `why`: the evidence for tensors of one state dict. */
export function whyAnswer(path: string, stateDict: string, explanations: readonly Explanation[]): object {
  return { ...head, path, stateDict, explanations }
}
