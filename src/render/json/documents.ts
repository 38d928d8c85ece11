import type { Difference, LoadResult } from '../../compare/difference.ts'
import { loadError } from '../../compare/loading/load-state-dict.ts'
import { isSdinspectError } from '../../errors.ts'
import type { Explanation } from '../../model/explanation.ts'
import { type Report, type StateDictReport, schemaVersion } from '../../model/report.ts'
import { version } from '../../version.ts'
import type { DigestResult, LockOutcome, StatisticsPartResult, StatisticsResult } from '../results.ts'
import { moduleDocument } from './module-document.ts'
import { tensorTexts } from './report-document.ts'

/** What starts every JSON document. */
const head = { schemaVersion, tool: { name: 'sdinspect', version } } as const

/** The document for a checkpoint that could not be read. */
export function errorDocument(path: string, error: unknown): object {
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

/** The document for several checkpoints: each is what it would be alone. */
export function severalDocument(checkpoints: readonly object[]): object {
  return { ...head, checkpoints }
}

/** The document of `ls`: the entries of one state dict. */
export function listDocument(report: Report, stateDict: StateDictReport | undefined): object {
  return {
    ...head,
    path: report.path,
    stateDict: stateDict?.path ?? '',
    tensors: stateDict === undefined ? [] : tensorTexts(stateDict),
    ...(stateDict?.values === undefined ? {} : { values: stateDict.values }),
  }
}

/** The document of `tree`: the modules of one state dict, nested. */
export function treeDocument(report: Report, stateDict: StateDictReport | undefined, depth?: number): object {
  return {
    ...head,
    path: report.path,
    stateDict: stateDict?.path ?? '',
    tree: stateDict === undefined ? null : moduleDocument(stateDict, depth),
    ...(stateDict?.values === undefined ? {} : { values: stateDict.values }),
  }
}

/** The document of `why`: the evidence for tensors of one state dict. */
export function whyDocument(path: string, stateDict: string, explanations: readonly Explanation[]): object {
  return { ...head, path, stateDict, explanations }
}

/** The document of `digest`; tensors are a list, because their names may be anything. */
export function digestDocument(result: DigestResult, withTensors: boolean): object {
  const { path, stateDict, digest, contents, tensors } = result
  return {
    ...head,
    path,
    stateDict,
    digest,
    contents,
    ...(withTensors ? { tensors: [...tensors].map(([name, sha256]) => ({ name, sha256 })) } : {}),
  }
}

/** The document of `stats`. */
export function statisticsDocument(result: StatisticsResult): object {
  const { path, stateDict, coverage, nonFinite, modules, tensors } = result
  return { ...head, command: 'stats', path, stateDict, coverage, nonFinite, modules, tensors }
}

/** The document of a part of `stats`, which `merge` reads. */
export function statisticsPartDocument(result: StatisticsPartResult): object {
  return { ...head, command: 'stats', ...result }
}

/** The document of `diff`. The messages of `load_state_dict` are in it to the letter. */
export function diffDocument(difference: Difference): object {
  const { load, loadRenamed, loadAssigned, loadOwn } = difference
  return {
    ...head,
    command: 'diff',
    ...difference,
    load: withMessages(load),
    loadRenamed: loadRenamed === null ? null : withMessages(loadRenamed),
    loadAssigned: loadAssigned === null ? null : withMessages(loadAssigned),
    loadOwn: loadOwn === null ? null : withMessages(loadOwn),
  }
}

function withMessages(result: LoadResult): object {
  return { ...result, strictError: loadError(result, true), lenientError: loadError(result, false) }
}

/** The document of `lock`: what became of each checkpoint. */
export function lockDocument(lock: string, checkpoints: readonly LockOutcome[]): object {
  return { ...head, command: 'lock', lock, checkpoints }
}
