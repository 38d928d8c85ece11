import { type EntrySpec, zipBytes } from '../../../test/codec/zip-bytes.ts'
import { PickleGrammar, storageBytes } from '../pickle/grammar.ts'
import type { Random } from '../random.ts'
import { scriptEntries } from './script-entries.ts'

/** What a file is of, by the first word of its name in tallies. */
export type FileKind = 'zip' | 'legacy' | 'torchscript'

interface TorchFile {
  readonly kind: FileKind
  readonly bytes: Uint8Array
  /** Whether it says so, or may. */
  readonly isBigEndian: boolean
}

/** A file as torch.save or torch.jit.save would write it, most of the time: seldom one that was tampered with. */
export function torchFile(random: Random): TorchFile {
  const pick = random.below(10)
  if (pick < 6) return { kind: 'zip', ...zipFile(random, [...savedEntries(random)]) }
  if (pick < 9) return { kind: 'legacy', bytes: legacyFile(random), isBigEndian: false }
  return { kind: 'torchscript', ...zipFile(random, scriptEntries(random)) }
}

function* savedEntries(random: Random): Generator<EntrySpec> {
  yield { name: 'data.pkl', data: new PickleGrammar(random).stream(), deflate: random.oneIn(6) }
  if (random.oneIn(10)) yield { name: '.format_version', data: '1' }
  yield* storageEntries(random)
  if (random.oneIn(20)) yield { name: 'other.pkl', data: new PickleGrammar(random).stream() }
}

export function* storageEntries(random: Random): Generator<EntrySpec> {
  for (const [key, bytes] of storageBytes)
    yield { name: `data/${key}`, data: randomBytes(random, bytes), deflate: random.oneIn(8) }
}

function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256))
}

/** Puts entries into an archive, and seldom changes it so that some readers see another one. */
function zipFile(random: Random, own: EntrySpec[]): Omit<TorchFile, 'kind'> {
  const root = random.pick(['archive', 'a', 'model'])
  const entries = [...own, { name: 'version', data: '3\n' }]
  if (!random.oneIn(4)) entries.push({ name: 'byteorder', data: random.oneIn(6) ? 'big' : 'little' })
  const isOdd = random.oneIn(3)
  if (isOdd) change(random, entries)
  if (random.oneIn(8)) shuffle(random, entries)
  const named = entries.map((entry) => ({
    ...entry,
    name: `${root}/${entry.name}`,
    padding: random.below(8),
  }))
  if (isOdd && random.oneIn(12)) named.push({ name: 'other/x', data: 'x', padding: 0 })
  const isBigEndian = entries.some(({ name, data }) => /^byteorder$/i.test(name) && data !== 'little')
  const bytes = zipBytes(named, {
    zip64: random.oneIn(10),
    reversed: random.oneIn(12),
    ...(isOdd && random.oneIn(12) ? { prefix: Buffer.from('junk') } : {}),
    ...(isOdd && random.oneIn(12) ? { trailing: Buffer.from('junk') } : {}),
    ...(random.oneIn(12) ? { comment: Buffer.from('a comment') } : {}),
  })
  return { bytes, isBigEndian }
}

function change(random: Random, entries: EntrySpec[]): void {
  const at = random.below(entries.length)
  const { name, data = '', ...rest } = entries[at] as EntrySpec
  const bytes = Buffer.from(data)
  const pick = random.below(9)
  if (pick === 0) entries[at] = { ...rest, data, name: name.toUpperCase() }
  else if (pick === 1) {
    // The same name in other letters, with other contents: which of them torch takes is a matter of how it sorts.
    const other = name === 'data.pkl' ? new PickleGrammar(random).stream() : randomBytes(random, bytes.length)
    const twins = random.pick([[name.toUpperCase()], [name], [name.toUpperCase(), name]])
    for (const twin of twins) entries.splice(random.below(entries.length + 1), 0, { name: twin, data: other })
  } else if (pick === 2) entries.splice(at, 1)
  else if (pick === 3) entries[at] = { ...rest, name, data: Buffer.concat([bytes, Buffer.from([0])]) }
  else if (pick === 4) entries[at] = { ...rest, name, data: bytes.subarray(0, Math.max(0, bytes.length - 1)) }
  else if (pick === 5) entries[at] = { ...rest, name, data, crc: random.below(2 ** 31) }
  else if (pick === 6)
    entries.push({
      name: random.pick(['version', '.data/version']),
      data: random.pick(['1', '4\n', '10', '11', '0', 'x']),
    })
  else if (pick === 7) entries.push({ name: 'byteorder', data: random.pick(['big', 'little\n', '']) })
  else entries[at] = { ...rest, name, data, descriptor: true }
}

function shuffle<T>(random: Random, items: T[]): void {
  for (let at = items.length - 1; at > 0; at--) {
    const other = random.below(at + 1)
    const kept = items[at] as T
    items[at] = items[other] as T
    items[other] = kept
  }
}

const legacyHead = Buffer.from(
  '\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}(X\x10\0\0\0protocol_versionM\xe9\x03X\r\0\0\0little_endian\x88u.',
  'latin1',
)

/** torch/serialization.py, _legacy_save. */
function legacyFile(random: Random): Uint8Array {
  const grammar = new PickleGrammar(random, 'legacy')
  const stream = grammar.stream()
  const keys = [...grammar.storages.keys()].sort()
  if (random.oneIn(10)) keys.reverse()
  if (random.oneIn(30)) keys.pop()
  if (random.oneIn(40) && keys.length > 0) keys.push(keys[0] as string)
  if (random.oneIn(40)) keys.push('9')
  const text = (key: string): Buffer => Buffer.from(`X\x01\0\0\0${key}`, 'latin1')
  const list = Buffer.concat([Buffer.from('\x80\x02](', 'latin1'), ...keys.map(text), Buffer.from('e.')])
  const storages = keys.flatMap((key) => {
    const bytes = storageBytes.get(key) ?? 8
    const count = Buffer.alloc(8)
    const odd = random.oneIn(40) ? 1 : 0
    count.writeBigInt64LE(BigInt(Math.floor(bytes / (grammar.storages.get(key) ?? 1)) + odd))
    return [count, randomBytes(random, bytes)]
  })
  const tail = random.oneIn(20) ? [Buffer.from('tail')] : []
  return Buffer.concat([legacyHead, stream, list, ...storages, ...tail])
}
