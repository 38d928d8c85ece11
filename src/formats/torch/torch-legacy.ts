import { isRecord, type PickleValue } from '../../codec/pickle-value.ts'
import { SdinspectError } from '../../errors.ts'
import { finding } from '../../findings/finding.ts'
import type { Limits } from '../../limits.ts'
import type { Checkpoint, PickledImport } from '../../model/checkpoint.ts'
import type { Finding } from '../../model/finding.ts'
import { Cursor } from '../../source/cursor.ts'
import { fileName } from '../../source/file-name.ts'
import type { ByteSource } from '../../source/source.ts'
import type { ReadContext } from '../format.ts'
import { placeLegacyStorages } from './archive/legacy-storages.ts'
import { readPickleAt } from './archive/pickle-stream.ts'
import { producerOf } from './archive/producer.ts'
import { itemFindings } from './archive/refusals.ts'
import { Evaluation } from './evaluate/evaluation.ts'
import { assembleSaved } from './objects/assemble.ts'
import { elementsIn } from './objects/objects.ts'
import { inlinePlacer } from './rebuild/inline-place.ts'
import { locationFindings } from './rebuild/locations.ts'
import type { StorageRef } from './rebuild/tensor-record.ts'
import { importsOf, importsOfStreams } from './safety/imports.ts'
import { brokenPickle, importFindings, safetyOf } from './safety/safety.ts'

// torch/serialization.py, _legacy_save: pickles of a magic number, a protocol version, facts of the machine, the
// object and a list of storage keys, one after the other; then the storages.

const protocolVersion = 1001

/** Reads a file of torch before 1.6. */
export async function readLegacy(source: ByteSource, context: ReadContext): Promise<Checkpoint> {
  const { limits } = context
  const cursor = new Cursor(source)
  const imports: PickledImport[] = []
  let window: Uint8Array = new Uint8Array()
  let begin = 0
  const next = async (what: string, evaluation?: Evaluation): Promise<PickleValue> => {
    const offset = cursor.position
    const { document, window: read } = await readPickleAt(cursor, limits, what, evaluation)
    window = read
    begin = offset
    for (const one of importsOf(document, limits, `${what} at ${offset}`)) imports.push(one)
    if (document.error !== null || document.value === undefined)
      throw brokenPickle(document.error, imports, offset)
    return document.value
  }
  await next('the magic number')
  const version = await next('the protocol version')
  if (version !== protocolVersion)
    throw new SdinspectError(
      'format/malformed',
      `the protocol version is ${isRecord(version) ? version.kind : String(version).slice(0, 40)}, and it can be ${protocolVersion}`,
    )
  await next('the facts of the machine')
  const evaluation = new Evaluation(limits)
  const root = await next('the object', evaluation)
  evaluation.refuseReplaced('the object')
  const inline = inlinePlacer(window, { file: fileName(source.name), offset: begin, length: window.length })
  const keys = elementsIn(await next('the list of storages'))
  if (keys === undefined || !keys.every((key) => typeof key === 'string'))
    throw new SdinspectError('format/malformed', 'the list of storages is no list of keys')
  const { place, end, uncounted } = await placeLegacyStorages(
    source,
    cursor.position,
    keys,
    evaluation.storages.values(),
    source.remote === undefined || context.verify === true,
  )
  const file = fileName(source.name)
  if (source.remote === undefined || context.verify === true)
    for (const one of await behind(source, end, limits)) imports.push(one)
  const safety = safetyOf(imports)
  const assembled = assembleSaved(root, evaluation.read, { ...place, inline }, limits)
  return {
    format: 'torch-legacy',
    producer: producerOf(root),
    files: [{ name: file, bytes: source.size, role: 'weights' }],
    metadata: new Map(),
    side: {},
    stateDicts: assembled.stateDicts.map((stateDict) => ({
      ...stateDict,
      facts: { ...stateDict.facts, isOldLayout: true },
    })),
    values: assembled.values,
    pickle: safety,
    ...(uncounted === 0
      ? {}
      : { unverified: [{ file, what: 'storage-counts' as const, count: uncounted, bytes: 8 * uncounted }] }),
    findings: [
      ...importFindings(safety, file),
      ...evaluation.findings(file, 'the object'),
      ...evaluation.textFindings(file, 'the object'),
      ...untyped(evaluation.storages.values(), file),
      ...itemFindings(evaluation.itemCounts, 6, file),
      ...locationFindings(evaluation.locations, file),
      ...trailing(source.size - end, end, file),
      ...assembled.findings,
    ],
  }
}

/** What pickles behind the last storage import: whoever wrote several into one file goes on loading there. */
async function behind(source: ByteSource, end: number, limits: Limits): Promise<Iterable<PickledImport>> {
  if (end >= source.size) return []
  const bytes = await source.read(end, Math.min(source.size - end, limits.pickleBytes))
  return importsOfStreams(bytes, limits, (at) => `what follows the storages at ${end + at}`)
}

/** _legacy_load asks the class of each storage for its element type, and an untyped one has none. */
function untyped(storages: Iterable<StorageRef>, file: string): Finding[] {
  const keys = new Set([...storages].filter(({ unit }) => unit === 'bytes').map(({ key }) => key))
  return keys.size === 0 ? [] : [finding('torch/refused', { why: 'untyped', storages: keys.size }, { file })]
}

function trailing(bytes: number, end: number, file: string): Finding[] {
  if (bytes === 0) return []
  return [finding('torch/trailing-bytes', { bytes, end }, { file })]
}
