import { readPickle } from '../codec/pickle.ts'
import type { PickleValue } from '../codec/pickle-value.ts'
import { SdinspectError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { Checkpoint, PickledImport } from '../model/checkpoint.ts'
import type { Finding } from '../model/finding.ts'
import type { Format } from './format.ts'
import { openArchive, type TorchArchive } from './torch/archive.ts'
import { assemble } from './torch/assemble.ts'
import { importsOf } from './torch/imports.ts'
import { producerOf } from './torch/producer.ts'
import { tensorReader } from './torch/rebuild.ts'
import { brokenPickle, importFindings, safetyOf } from './torch/safety.ts'
import { ZipStorages } from './torch/zip-storages.ts'

/** What `torch.save` writes since torch 1.6: a zip archive of a pickle and one file per storage. */
export const torch: Format = {
  id: 'torch',
  title: 'PyTorch',
  extensions: ['.pt', '.pth', '.ckpt', '.bin'],
  detect: isTorchArchive,
  async read(source, { limits }) {
    const archive = await openArchive(source, limits)
    return readTorchArchive(archive, source.size, limits)
  },
}

const zipMagic = [0x50, 0x4b, 0x03, 0x04]

/** A zip whose first entry is not that of an archive of another kind. */
function isTorchArchive(head: Uint8Array): boolean {
  if (!zipMagic.every((byte, at) => head[at] === byte)) return false
  const nameLength = (head[26] ?? 0) + 256 * (head[27] ?? 0)
  const name = new TextDecoder('latin1').decode(head.subarray(30, 30 + nameLength))
  return !/\.npy$|^(\[Content_Types\]\.xml|mimetype|metadata\.json|config\.json|META-INF\/.*)$/.test(name)
}

async function readTorchArchive(archive: TorchArchive, size: number, limits: Limits): Promise<Checkpoint> {
  if (!archive.entries.has('data.pkl')) throw noPickle(archive)
  const { value, imports, findings } = await readDataPickle(archive, limits)
  const storages = new ZipStorages(archive, await isBigEndian(archive))
  const assembled = assemble(value, tensorReader(), storages.place, limits)
  const safety = safetyOf(imports)
  return {
    format: 'torch',
    producer: producerOf(value),
    files: [{ name: archive.file, bytes: size, role: 'weights' }],
    metadata: new Map(),
    side: {},
    stateDicts: assembled.stateDicts,
    values: assembled.values,
    pickle: safety,
    findings: [
      ...archive.findings,
      ...importFindings(safety, archive.file),
      ...findings,
      ...versionFindings(archive),
      ...assembled.findings,
      ...storages.findings(),
    ],
  }
}

interface DataPickle {
  readonly value: PickleValue
  readonly imports: readonly PickledImport[]
  readonly findings: readonly Finding[]
}

/** Reads `data.pkl` and, for its imports only, whatever follows its end. */
export async function readDataPickle(archive: TorchArchive, limits: Limits): Promise<DataPickle> {
  const bytes = await archive.bytes('data.pkl', 'pickleBytes')
  const document = readPickle(bytes, limits, 'data.pkl')
  const imports = importsOf(document, limits, 'data.pkl')
  if (document.error !== null || document.value === undefined) throw brokenPickle(document.error, imports)
  const findings: Finding[] = []
  if (document.end < bytes.length) {
    findings.push({
      rule: 'torch/pickle-trailing-bytes',
      level: 'warning',
      file: archive.file,
      message: `data.pkl has ${bytes.length - document.end} bytes after its end at ${document.end}, which torch does not read`,
    })
    const rest = readPickle(bytes.subarray(document.end), limits, 'what follows data.pkl')
    imports.push(...importsOf(rest, limits, `what follows the end of data.pkl at ${document.end}`))
  }
  if (document.protocol !== null && document.protocol > 5)
    findings.push({
      rule: 'torch/pickle-protocol',
      level: 'warning',
      file: archive.file,
      message: `data.pkl says protocol ${document.protocol}, and the last one known is 5`,
    })
  return { value: document.value, imports, findings }
}

/** Absent before torch 2.1, which wrote and read little-endian files only. */
export async function isBigEndian(archive: TorchArchive): Promise<boolean> {
  if (!archive.entries.has('byteorder')) return false
  const order = await archive.text('byteorder')
  if (order === 'big') return true
  if (order === 'little') return false
  throw new SdinspectError(
    'format/malformed',
    `byteorder is ${JSON.stringify(order.slice(0, 40))}, and it can be "little" or "big"`,
  )
}

function versionFindings(archive: TorchArchive): Finding[] {
  if (archive.entries.has('version') || archive.entries.has('.data/version')) return []
  return [
    {
      rule: 'torch/no-version',
      level: 'warning',
      file: archive.file,
      message: 'the archive has no entry "version", and torch refuses one without',
    },
  ]
}

function noPickle(archive: TorchArchive): SdinspectError {
  const names = [...archive.entries.keys()].slice(0, 3).map((name) => JSON.stringify(name.slice(0, 80)))
  return new SdinspectError(
    'format/malformed',
    `the archive has no data.pkl, so torch did not write it: it has ${archive.entries.size} entries, ${names.join(', ')}`,
  )
}
