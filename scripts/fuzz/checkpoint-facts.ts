import { Talk } from '../../src/cli/output/talk.ts'
import { isSdinspectError } from '../../src/errors.ts'
import { openFolder } from '../../src/formats/open-folder.ts'
import { readCheckpoint } from '../../src/formats/read-checkpoint.ts'
import { inspectCheckpoint } from '../../src/inspect.ts'
import { defaultLimits, type Limits } from '../../src/limits.ts'
import { driftOf } from '../../src/lock/drift.ts'
import { lockCheckpoint } from '../../src/lock/lock-checkpoint.ts'
import { parseLock } from '../../src/lock/parse-lock.ts'
import { lockLines } from '../../src/lock/write-lock.ts'
import type { Checkpoint } from '../../src/model/checkpoint.ts'
import type { Report } from '../../src/model/report.ts'
import { reportDocument } from '../../src/render/json/report-document.ts'
import { jsonText } from '../../src/render/json-text.ts'
import { viewsOf } from '../../src/render/renderers.ts'
import { memorySource } from '../../src/source/memory.ts'
import { memoryPlace } from '../../src/source/memory-place.ts'
import type { ByteSource } from '../../src/source/source.ts'
import { BrokenFact, holds } from './target.ts'
import { terminalHarm } from './terminal-harm.ts'

/** Far below the real ones, so that small inputs reach them, and linear work stays small. */
export const smallLimits: Limits = {
  ...defaultLimits,
  lockTensors: 20_000,
  zipEntryBytes: 1 << 20,
  treeModules: 20_000,
}

const options = { depth: null, fold: true, at: null, showSuppressed: false, tensors: false, contents: false }
const look = { color: 0, columns: 100, ascii: false, interactive: true } as const

/** What `read` gives; null when it refuses, in a way that may be shown. Everything else it throws is thrown on. */
export async function answered<T>(read: () => T | Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    if (!isSdinspectError(error) || error.code.startsWith('internal/')) throw error
    await harmless((write) => new Talk({ isTTY: true, columns: 80, write }).error(error, 'file'))
    return null
  }
}

/** Reads a file and holds the facts of every checkpoint. */
export async function readFile(input: Uint8Array, name: string): Promise<void> {
  const limits = smallLimits
  const near = await answered(() => readCheckpoint(memorySource(input, name), { limits }))
  const far = await answered(() => readCheckpoint(farSource(input, name), { limits, verify: true }))
  if (near === null || far === null) {
    holds('read at hand, and at a distance', near !== null, far !== null)
    return
  }
  const report = await inspected(near, name)
  if (report !== null)
    holds('the same at a distance', documentOf(report), documentOf(inspectCheckpoint(far, { path: name })))
}

/** Reads what is in a folder and holds the facts of every checkpoint. */
export async function readFolder(files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  await answered(async () => {
    for await (const opened of openFolder(memoryPlace(files, 'folder'), smallLimits)) {
      if ('error' in opened) await answered(() => Promise.reject(opened.error))
      else await inspected(opened.checkpoint, opened.path)
    }
  })
}

async function inspected(checkpoint: Checkpoint, path: string): Promise<Report | null> {
  const report = await answered(() => inspectCheckpoint(checkpoint, { path, limits: smallLimits }))
  if (report === null) return null
  const view = await viewsOf('inspect').text?.({ look, options })
  if (view?.as !== 'text') throw new Error('inspect has a view for people')
  const { text } = view
  await harmless(async (write) => {
    for (const piece of text(report, false)) await write(piece)
  })
  if (report.stateDicts.length > 0) locks(report)
  return report
}

/** A lock that was written can be read, is written the same again, and nothing has drifted. */
function locks(report: Report): void {
  const locked = lockCheckpoint(report)
  const written = [...lockLines({ checkpoints: [locked] }), ''].join('\n')
  const read = parseLock(written)
  holds('a lock that was read is written the same', [...lockLines(read), ''].join('\n'), written)
  for (const one of read.checkpoints)
    holds(
      'nothing drifts from its own lock',
      driftOf(one, report).map(({ message }) => message),
      [],
    )
}

/** Runs what writes to a terminal, and refuses what would change it. */
export async function harmless(
  show: (write: (text: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  let shown = ''
  await show(async (text) => {
    shown += text
  })
  const harm = terminalHarm(shown)
  if (harm !== null) throw new BrokenFact(`it would change a terminal: ${harm}`)
}

function documentOf(report: Report): string {
  const { unverified: _, ...known } = report
  return jsonText(reportDocument(known as Report))
}

function farSource(bytes: Uint8Array, name: string): ByteSource {
  return { ...memorySource(bytes, name), remote: true }
}
