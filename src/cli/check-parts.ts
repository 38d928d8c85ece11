import { readFile } from 'node:fs/promises'
import { quoted, SdinspectError } from '../errors.ts'
import type { CheckpointFile } from '../model/checkpoint.ts'
import type { ValueReading } from '../model/values/value-reading.ts'
import {
  impossible,
  isReadingPart,
  isRecord,
  mergedReading,
  missingParts,
  type ReadingPart,
} from '../read-again.ts'
import { systemError } from '../source/system-error.ts'
import { version } from '../version.ts'
import type { Library } from './command.ts'

/** What `check --part` writes: what was seen of the values, and nothing that rules make of it. */
export interface CheckPart {
  readonly schemaVersion: 1
  readonly tool: { readonly name: 'sdinspect'; readonly version: string }
  readonly command: 'check'
  readonly part: { readonly index: number; readonly of: number }
  /** As they were given. */
  readonly paths: readonly string[]
  readonly checkpoints: readonly {
    readonly path: string
    readonly files: readonly CheckpointFile[]
    readonly reading: ReadingPart
  }[]
}

type Reader = Pick<Library, 'readAgain'>

const nothingRead: ValueReading = {
  stateDicts: new Map(),
  coverage: { state: 'complete', tensors: 0, tensorsRead: 0, bytes: 0, bytesRead: 0, uncovered: [] },
  badEntries: [],
}

/** Reads a part of what a check would read, and keeps it. */
export function partReader(
  library: Library,
  part: CheckPart['part'],
): { readonly reader: Reader; readonly checkpoints: CheckPart['checkpoints'] } {
  const checkpoints: CheckPart['checkpoints'][number][] = []
  const reader: Reader = {
    async *readAgain(checkpoint, report, options) {
      for await (const reading of library.readPartAgain?.(checkpoint, report, part, options) ?? [])
        checkpoints.push({ path: report.path, files: report.files, reading })
      yield { values: nothingRead, base: null }
    },
  }
  return { reader, checkpoints }
}

/** A part as it is written. */
export function checkPart(
  part: CheckPart['part'],
  paths: readonly string[],
  checkpoints: CheckPart['checkpoints'],
): CheckPart {
  return {
    schemaVersion: 1,
    tool: { name: 'sdinspect', version },
    command: 'check',
    part,
    paths,
    checkpoints,
  }
}

/**
 * Gives a check what all parts have read, in place of reading it.
 *
 * @throws SdinspectError `usage/arguments` where parts are of different checks, missing or there twice
 */
export function mergedReader(
  library: Pick<Library, 'sampledAgain'>,
  parts: readonly CheckPart[],
): {
  readonly reader: Reader
  readonly paths: readonly string[]
} {
  const [first] = parts
  if (first === undefined) throw refused('there are no parts to merge')
  const workOf = ({ part, paths, checkpoints }: CheckPart) =>
    JSON.stringify([part.of, paths, checkpoints.map(({ path, files }) => [path, files])])
  parts.forEach(refuseMalformed)
  const work = workOf(first)
  const indices = new Set<number>()
  for (const one of parts) {
    if (workOf(one) !== work) throw refused('the parts are of different checks or files')
    if (indices.has(one.part.index)) throw refused(`part ${one.part.index} of ${one.part.of} is there twice`)
    indices.add(one.part.index)
  }
  const missing = missingParts(first.part.of, indices)
  if (missing !== null) throw refused(missing)
  const reader: Reader = {
    async *readAgain(checkpoint, report, options) {
      const at = first.checkpoints.findIndex(({ path }) => path === report.path)
      const known = first.checkpoints[at]
      if (known === undefined || JSON.stringify(known.files) !== JSON.stringify(report.files))
        throw otherFiles(report)
      const readings = parts.flatMap(({ checkpoints }) => checkpoints[at]?.reading ?? [])
      const stated = known.reading.stateDicts[0]?.statistics.sampled
      if (stated !== undefined)
        for await (const sampled of library.sampledAgain?.(checkpoint, report, options) ?? [])
          if (sampled !== stated) throw otherFiles(report)
      yield { values: await mergedReading(readings), base: null }
    },
  }
  return { reader, paths: first.paths }
}

/** @throws SdinspectError `usage/arguments` where a part has anything of another type than is written */
function refuseMalformed({ part, paths, checkpoints }: CheckPart): void {
  const isText = (value: unknown): boolean => typeof value === 'string'
  const isWritten =
    isRecord(part) &&
    Number.isSafeInteger(part.of) &&
    Number.isSafeInteger(part.index) &&
    paths.every(isText) &&
    checkpoints.every(
      (one) =>
        isRecord(one) && isText(one.path) && Array.isArray(one.files) && isReadingPart(one.reading, part),
    )
  if (!isWritten) throw impossible('', 'it has something of another type than is written')
}

function otherFiles({ path }: { readonly path: string }): SdinspectError {
  return new SdinspectError('source/changed', 'the files are not those that the parts were read from', {
    file: path,
  })
}

/** @throws SdinspectError `source/*`, `usage/arguments` when the file is no answer of a part */
export async function readPartFile(path: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, 'utf8').catch((error) => {
    throw systemError(error, path)
  })
  let part: Record<string, unknown>
  try {
    part = (JSON.parse(text) ?? {}) as Record<string, unknown>
  } catch {
    throw new SdinspectError('usage/arguments', `${quoted(path)} is no JSON: was it written whole?`, {
      file: path,
      hint: 'give what stats --part and check --part wrote',
    })
  }
  refuseOther(part, path)
  return part
}

/** What one version keeps of values another may count otherwise: their sums would mean nothing. */
function refuseOther({ schemaVersion, tool }: Record<string, unknown>, path: string): void {
  if (typeof tool !== 'object' || tool === null) return
  const writer = (tool as { version?: unknown }).version
  if (schemaVersion === 1 && writer === version) return
  const named = typeof writer === 'string' ? ` ${writer.slice(0, 40)}` : ''
  throw new SdinspectError(
    'usage/arguments',
    `${quoted(path)} is a part that sdinspect${named} wrote, and this is sdinspect ${version}`,
    { file: path, hint: 'have one version compute all parts and merge them' },
  )
}

/** Whether a parsed file is what `check --part` writes. */
export function isCheckPart(value: Record<string, unknown>): boolean {
  const { command, part, paths, checkpoints } = value
  return command === 'check' && part !== undefined && Array.isArray(paths) && Array.isArray(checkpoints)
}

function refused(why: string): SdinspectError {
  return new SdinspectError('usage/arguments', why, {
    hint: 'merge takes every part of one run of check --part once, with the policy and the flags of the check',
  })
}
