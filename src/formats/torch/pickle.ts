import { readPickle } from '../../codec/pickle.ts'
import { finding } from '../../findings/finding.ts'
import { withinLimit } from '../../limits.ts'
import type { Checkpoint } from '../../model/checkpoint.ts'
import type { Finding } from '../../model/finding.ts'
import { fileName } from '../../source/file-name.ts'
import type { ByteSource } from '../../source/source.ts'
import type { ReadContext } from '../format.ts'
import { producerOf } from './archive/producer.ts'
import { readDistributed } from './distributed/distributed.ts'
import { isDistributedMetadata } from './distributed/distributed-metadata.ts'
import { Evaluation } from './evaluate/evaluation.ts'
import { assemble } from './objects/assemble.ts'
import { isOfPaddle, paddleReader, withOptimizers, withoutArrays } from './paddle.ts'
import { inlinePlacer } from './rebuild/inline-place.ts'
import type { StoragePlacer } from './rebuild/tensors.ts'
import { importsOf, importsOfStreams } from './safety/imports.ts'
import { brokenPickle, importFindings, safetyOf } from './safety/safety.ts'

/** Reads a bare pickle, or what it says of a folder of torch.distributed. */
export async function readBarePickle(source: ByteSource, context: ReadContext): Promise<Checkpoint> {
  const { limits } = context
  withinLimit(limits, 'pickleBytes', source.size, 'the size of the pickle')
  const bytes = await source.read(0, source.size)
  const file = fileName(source.name)
  const evaluation = new Evaluation(limits, { numpyArrays: true, storages: false })
  const document = readPickle(bytes, limits, 'the pickle', evaluation)
  const imports = importsOf(document, limits, 'the pickle')
  if (document.error !== null || document.value === undefined) throw brokenPickle(document.error, imports)
  const isDistributed = isDistributedMetadata(document.value)
  evaluation.refuseReplaced('the pickle', isDistributed)
  const findings: Finding[] = []
  // joblib and others write several pickles into one file.
  const { end } = document
  for (const one of importsOfStreams(bytes.subarray(end), limits, (at) => `the pickle at ${end + at}`))
    imports.push(one)
  if (end < bytes.length)
    findings.push(finding('pickle/trailing-bytes', { bytes: bytes.length - end, end }, { file }))
  if (isDistributed) {
    const checkpoint = await readDistributed(
      document.value,
      imports,
      { name: file, bytes: source.size },
      context,
    )
    return { ...checkpoint, findings: [...checkpoint.findings, ...findings] }
  }
  const isPaddle = isOfPaddle(document.value, file)
  const safety = safetyOf(isPaddle ? withoutArrays(imports) : imports)
  const place: StoragePlacer = {
    storage: () => null,
    inline: inlinePlacer(bytes, { file, offset: 0, length: bytes.length }),
  }
  const read = isPaddle ? paddleReader(evaluation.read) : evaluation.read
  const assembled = assemble(document.value, read, place, limits)
  return {
    format: isPaddle ? 'paddle' : 'pickle',
    producer: isPaddle ? 'paddle.save' : producerOf(document.value),
    files: [{ name: file, bytes: source.size, role: 'weights' }],
    metadata: new Map(),
    side: {},
    stateDicts: isPaddle ? withOptimizers(assembled.stateDicts) : assembled.stateDicts,
    values: assembled.values,
    pickle: safety,
    findings: [
      ...importFindings(safety, file, !isPaddle),
      ...evaluation.findings(file, 'the pickle'),
      ...findings,
      ...assembled.findings,
    ],
  }
}
