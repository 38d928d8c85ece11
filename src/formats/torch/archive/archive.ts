import { readPickle } from '../../../codec/pickle.ts'
import type { PickleValue } from '../../../codec/pickle-value.ts'
import { type ReadRange, readZip, readZipEntry, type ZipArchive, type ZipEntry } from '../../../codec/zip.ts'
import { SdinspectError } from '../../../errors.ts'
import { finding } from '../../../findings/finding.ts'
import type { LimitName, Limits } from '../../../limits.ts'
import type { PickledImport } from '../../../model/checkpoint.ts'
import type { Finding } from '../../../model/finding.ts'
import type { Unverified } from '../../../model/unverified.ts'
import { type Chunk, decodedBy, partOf } from '../../../model/values/chunk.ts'
import { fileName } from '../../../source/file-name.ts'
import { memorySource } from '../../../source/memory.ts'
import type { ByteSource } from '../../../source/source.ts'
import type { ReadContext } from '../../format.ts'
import { lastFarAway } from '../../near.ts'
import { entrySource, locatable } from '../../zip-entry.ts'
import { Evaluation } from '../evaluate/evaluation.ts'
import { inlinePlacer } from '../rebuild/inline-place.ts'
import type { StoragePlacer } from '../rebuild/tensors.ts'
import { importsOf } from '../safety/imports.ts'
import { brokenPickle } from '../safety/safety.ts'

/** A zip file as torch's reader sees it: all entries in one root folder, whose name means nothing. */
export interface TorchArchive {
  /** Relative to the checkpoint. */
  readonly file: string
  /** Where the bytes of an entry are. */
  place(entry: ZipEntry): Chunk
  /** With its slash; `''` for an archive without a root folder (old exported programs). */
  readonly root: string
  /** By name without the root folder. */
  readonly entries: ReadonlyMap<string, ZipEntry>
  readonly findings: Finding[]
  readonly source: ByteSource
  /** Names of the entries that have been read. */
  readonly seen: Set<string>
  /** The entries whose local headers have been compared one by one. */
  readonly compared: Set<ZipEntry>
  /** Names of the entries that hold a pickle each, whatever they are called. */
  readonly pickles: Set<string>
  /** The bytes of an entry. A wrong checksum is a finding. */
  bytes(name: string, limit?: LimitName): Promise<Uint8Array>
  text(name: string): Promise<string>
  /** An entry as a file of its own, and where its bytes are. */
  open(name: string): Promise<{ readonly source: ByteSource; readonly place: Chunk }>
  /** Begins to read entries that are wanted soon, those that are there, in one round. For a file at a distance. */
  fetch(names: Iterable<string>): void
  /** What has not been compared by now. */
  unverified(): readonly Unverified[]
  /** Archives inside that have been opened. */
  readonly nested: TorchArchive[]
}

/** At a distance all of them are one round: the server decides how many it answers at a time. */
const farHeadersAtOnce = 100_000

export async function openArchive(
  source: ByteSource,
  { limits, verify = false }: Pick<ReadContext, 'limits' | 'verify'>,
  outer: Chunk = { file: fileName(source.name), offset: 0, length: source.size },
): Promise<TorchArchive> {
  const read: ReadRange = (offset, length) => source.read(offset, length)
  const isFar = source.remote !== undefined
  const zip = await readZip(source.size, read, limits, {
    compareLater: isFar && !verify,
    refuse: otherThanTorch,
    ...(isFar ? { tailBytes: lastFarAway, headersAtOnce: farHeadersAtOnce } : {}),
  })
  const { file } = outer
  const findings = archiveFindings(zip, file)
  const root = rootOf(zip)
  const entries = new Map(zip.entries.map((entry) => [entry.name.slice(root.length), entry]))
  findings.push(...foundIgnoringCase(entries, file))
  const seen = new Set<string>()
  const missing = (name: string) =>
    new SdinspectError('format/malformed', `the archive has no entry ${JSON.stringify(root + name)}`)
  const nested: TorchArchive[] = []
  const compared = new Set<ZipEntry>()
  const fetched = new Map<ZipEntry, ReturnType<typeof readZipEntry>>()
  const bytesOf = async (name: string, limit?: LimitName): Promise<Uint8Array> => {
    const entry = entries.get(name)
    if (entry === undefined) throw missing(name)
    seen.add(entry.name)
    const reading = fetched.get(entry) ?? readZipEntry(entry, read, limits, limit)
    fetched.delete(entry)
    const { bytes, checksumFits } = await reading
    compared.add(entry)
    // torch writes no checksums after set_crc32_options(False), and never compares them.
    if (!checksumFits && entry.crc32 !== 0)
      findings.push(finding('zip/checksum', { entry: entry.name }, { file }))
    return bytes
  }
  const place = (entry: ZipEntry): Chunk => {
    const stored = partOf(outer, entry.offset, entry.compressedBytes)
    const chunk = entry.method === 8 ? decodedBy(stored, 'deflate', entry.bytes) : stored
    return locatable(chunk, entry, outer.offset)
  }
  return {
    file,
    place,
    root,
    entries,
    findings,
    source,
    seen,
    compared,
    pickles: new Set(),
    bytes: bytesOf,
    open: async (name) => {
      const entry = entries.get(name)
      if (entry === undefined) throw missing(name)
      seen.add(entry.name)
      if (entry.method === 8)
        return { source: memorySource(await bytesOf(name), `${source.name}: ${name}`), place: place(entry) }
      return { source: entrySource(source, entry, name), place: place(entry) }
    },
    text: async (name) => new TextDecoder().decode(await bytesOf(name)),
    fetch: (names) => {
      for (const name of isFar ? names : []) {
        const entry = entries.get(name)
        if (entry === undefined || fetched.has(entry)) continue
        const reading = readZipEntry(entry, read, limits, limitOf(name))
        fetched.set(entry, reading)
        // Whoever wants it hears of it.
        reading.catch(() => {})
      }
    },
    unverified: () => [
      ...(zip.headerBytes === null
        ? []
        : [
            {
              file,
              what: 'zip-local-headers' as const,
              count: zip.entries.length - compared.size,
              bytes: zip.headerBytes,
            },
          ].filter(({ count }) => count > 0)),
      ...nested.flatMap((inner) => inner.unverified()),
    ],
    nested,
  }
}

/** Names of entries that an archive of torch has one of, wherever in it. */
const torchEntry =
  /(?:^|\/)(?:data\.pkl|constants\.pkl|version|byteorder|archive_format|serialized_exported_program\.json|models\/[^/]+\.json|data\/\d+|\.data\/.*)$/i

/** What torch.package writes, beside code of Python that loading runs (torch/package/package_exporter.py). */
const packageEntry = /(?:^|\/)\.data\/extern_modules$/

/** What a ZIP archive is that is not torch's, by an entry that such archives have. */
const zipKinds: readonly (readonly [entry: RegExp, title: string])[] = [
  [packageEntry, 'a package of torch.package, which is code and pickles'],
  [/\.dist-info\/[^/]+$/, 'a Python wheel'],
  [/^\[Content_Types\]\.xml$/, 'an Office document'],
  [/^MAR-INF\//, 'a model archive of TorchServe (.mar)'],
  [/^META-INF\//, 'a Java archive'],
]

/** Whatever it is called, it is something else, and no faulty checkpoint. */
function otherThanTorch(names: readonly string[]): SdinspectError | null {
  const isPackage = names.some((name) => packageEntry.test(name))
  if (names.length === 0 || (!isPackage && names.some((name) => torchEntry.test(name)))) return null
  const kind = zipKinds.find(([entry]) => names.some((name) => entry.test(name)))?.[1] ?? 'a ZIP archive'
  return new SdinspectError(
    'unsupported/format',
    `the file is ${kind}${isPackage ? '' : ', and torch did not write it'}`,
    isPackage ? {} : { hint: 'if there are weights in it, unpack it and give those' },
  )
}

/** The limit that an entry is held to when it is read. */
function limitOf(name: string): LimitName | undefined {
  return name.endsWith('.pkl') ? 'pickleBytes' : undefined
}

/** torch's reader looks entries up ignoring case, and no two names are equal so: `data.PKL` is `data.pkl` to it. */
function foundIgnoringCase(entries: Map<string, ZipEntry>, file: string): Finding[] {
  const findings: Finding[] = []
  const wanted = new Set(['data.pkl', 'constants.pkl', 'byteorder', 'version'])
  for (const [name, entry] of [...entries]) {
    const small = name.toLowerCase()
    const lower = small.startsWith('data/') ? `data/${name.slice(5)}` : small
    if (name === lower || !(wanted.has(lower) || lower.startsWith('data/'))) continue
    entries.delete(name)
    entries.set(lower, entry)
    findings.push(finding('zip/name-case', { entry: name, taken: lower }, { file }))
  }
  return findings
}

/** The folder that every entry is in. torch refuses an archive with an entry outside it. */
function rootOf(zip: ZipArchive): string {
  const [first] = zip.entries
  if (first === undefined) throw new SdinspectError('format/malformed', 'the archive has no entries')
  const root = first.name.slice(0, first.name.indexOf('/') + 1)
  const other = root === '' ? first : zip.entries.find((entry) => !entry.name.startsWith(root))
  if (other === undefined) return root
  // Exported programs before torch 2.8 have no root folder.
  if (zip.byName.has('serialized_exported_program.json')) return ''
  throw new SdinspectError(
    'format/malformed',
    `the archive has the entry ${JSON.stringify(other.name.slice(0, 200))} ` +
      (root === ''
        ? 'in no folder, and torch reads none such'
        : `outside its folder ${JSON.stringify(root.slice(0, 200))}`),
    { offset: other.headerOffset },
  )
}

function archiveFindings(zip: ZipArchive, file: string): Finding[] {
  const findings: Finding[] = []
  if (zip.trailingBytes > 0)
    findings.push(finding('zip/trailing-bytes', { bytes: zip.trailingBytes }, { file }))
  if (zip.strayBytes !== null && zip.strayBytes > 0)
    findings.push(finding('zip/stray-bytes', { bytes: zip.strayBytes }, { file }))
  return findings
}

export interface DataPickle {
  readonly value: PickleValue
  /** What its calls give. */
  readonly evaluation: Evaluation
  /** Finds values that are in the pickle itself. */
  readonly inline: StoragePlacer['inline']
  readonly imports: readonly PickledImport[]
  readonly findings: readonly Finding[]
}

/** Reads `data.pkl` and, for its imports only, whatever follows its end. */
export async function readDataPickle(archive: TorchArchive, limits: Limits): Promise<DataPickle> {
  const bytes = await archive.bytes('data.pkl', 'pickleBytes')
  const evaluation = new Evaluation(limits)
  const document = readPickle(bytes, limits, 'data.pkl', evaluation)
  const imports = importsOf(document, limits, 'data.pkl')
  if (document.error !== null || document.value === undefined) throw brokenPickle(document.error, imports)
  evaluation.refuseReplaced('data.pkl')
  const findings: Finding[] = []
  if (document.end < bytes.length) {
    const trailing = { bytes: bytes.length - document.end, end: document.end }
    findings.push(finding('torch/pickle-trailing-bytes', trailing, { file: archive.file }))
    const rest = readPickle(bytes.subarray(document.end), limits, 'what follows data.pkl')
    for (const one of importsOf(rest, limits, `what follows the end of data.pkl at ${document.end}`))
      imports.push(one)
  }
  if (document.protocol !== null && document.protocol > 5)
    findings.push(finding('torch/pickle-protocol', { protocol: document.protocol }, { file: archive.file }))
  findings.push(
    ...evaluation.findings(archive.file, 'data.pkl'),
    ...evaluation.textFindings(archive.file, 'data.pkl'),
  )
  const entry = archive.entries.get('data.pkl') as ZipEntry
  const inline = inlinePlacer(bytes, archive.place(entry))
  return { value: document.value, evaluation, inline, imports, findings }
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
