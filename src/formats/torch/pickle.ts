import { readPickle } from '../../codec/pickle.ts'
import { finding } from '../../findings/finding.ts'
import { withinLimit } from '../../limits.ts'
import type { Checkpoint } from '../../model/checkpoint.ts'
import type { Finding } from '../../model/finding.ts'
import { fileName } from '../../source/file-name.ts'
import type { ByteSource } from '../../source/source.ts'
import type { Format, ReadContext } from '../format.ts'
import { producerOf } from './archive/producer.ts'
import { readDistributed } from './distributed/distributed.ts'
import { isDistributedMetadata } from './distributed/distributed-metadata.ts'
import { Evaluation } from './evaluate/evaluation.ts'
import { assemble } from './objects/assemble.ts'
import { inlinePlacer } from './rebuild/inline-place.ts'
import type { StoragePlacer } from './rebuild/tensors.ts'
import { importsOf } from './safety/imports.ts'
import { brokenPickle, importFindings, safetyOf } from './safety/safety.ts'

/**
 * A bare pickle: not what `torch.save` writes, though some call it so. NumPy arrays in it are its tensors. A folder is
 * a checkpoint of torch.distributed where a pickle says what its `*.distcp` files hold; other pickles may be anything.
 */
export const pickle: Format = {
  id: 'pickle',
  title: 'Python pickle',
  kinds: ['torch-distributed'],
  family: 'torch',
  endings: ['.pkl', '.pickle'],
  keeps: { versions: false, tiedNames: true },
  findIn: (names) =>
    names.filter((name) => name === '.metadata' && names.some((other) => other.endsWith('.distcp'))),
  isPart: (name, names) => name.endsWith('.distcp') && names.includes('.metadata'),
  fetch: 'all',
  detect: (head) => isBinaryPickle(head) || isTextPickle(head),
  read: readBarePickle,
}

/** PROTO and a protocol, and no NUL next, as a little-endian number would have. */
function isBinaryPickle(head: Uint8Array): boolean {
  return head[0] === 0x80 && [2, 3, 4, 5].includes(head[1] ?? 0) && head[2] !== 0
}

/** Protocol 0 has no magic: an import, or a container that is put into the memo, on lines of their own. */
function isTextPickle(head: Uint8Array): boolean {
  const text = new TextDecoder('latin1').decode(head.subarray(0, 200))
  return /^(c[A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n|\([dlt]p\d+\n|\(c[A-Za-z_][\w.]*\n|\(i[A-Za-z_][\w.]*\n|ccopy_reg\n)/.test(
    text,
  )
}

async function readBarePickle(source: ByteSource, context: ReadContext): Promise<Checkpoint> {
  const { limits } = context
  withinLimit(limits, 'pickleBytes', source.size, 'the size of the pickle')
  const bytes = await source.read(0, source.size)
  const file = fileName(source.name)
  const evaluation = new Evaluation(limits, { numpyArrays: true, storages: false })
  const document = readPickle(bytes, limits, 'the pickle', evaluation)
  const imports = importsOf(document, limits, 'the pickle')
  if (document.error !== null || document.value === undefined) throw brokenPickle(document.error, imports)
  if (isDistributedMetadata(document.value))
    return readDistributed(document.value, imports, { name: file, bytes: source.size }, context)
  const findings: Finding[] = []
  // joblib and others write several pickles into one file.
  for (let at = document.end; at < bytes.length; ) {
    const rest = readPickle(bytes.subarray(at), limits, 'the pickle')
    imports.push(...importsOf(rest, limits, `the pickle at ${at}`))
    if (at === document.end)
      findings.push(finding('pickle/trailing-bytes', { bytes: bytes.length - at, end: at }, { file }))
    if (rest.error !== null) break
    at += rest.end
  }
  const safety = safetyOf(imports)
  const place: StoragePlacer = {
    storage: () => null,
    inline: inlinePlacer(bytes, { file, offset: 0, length: bytes.length }),
  }
  const assembled = assemble(document.value, evaluation.read, place, limits)
  return {
    format: 'pickle',
    producer: producerOf(document.value),
    files: [{ name: file, bytes: source.size, role: 'weights' }],
    metadata: new Map(),
    side: {},
    stateDicts: assembled.stateDicts,
    values: assembled.values,
    pickle: safety,
    findings: [
      ...importFindings(safety, file),
      ...evaluation.findings(file, 'the pickle'),
      ...findings,
      ...assembled.findings,
    ],
  }
}
