import type { Format } from '../format.ts'
import { endings, isWeightName, tarMember } from './file-names.ts'
import { paddleEndings } from './paddle-names.ts'

// What torch writes, and how each is told from its first bytes. The code that reads it is a third of the program, and is
// loaded when there is something for it.

const zipMagic = [0x50, 0x4b, 0x03, 0x04]

/** The zip archives of torch: what `torch.save` writes since torch 1.6, and the kinds of its relatives. */
export const torch: Format = {
  id: 'torch',
  title: 'PyTorch',
  kinds: ['torchscript', 'torch-export'],
  family: 'torch',
  endings,
  isArchive: true,
  keeps: { versions: true, tiedNames: true },
  findIn: (names) => names.filter(isWeightName),
  fetch: 'both-ends',
  detect: isTorchArchive,
  async sniff(source, limits) {
    const { isOfTorch } = await import('./torch.ts')
    return isOfTorch(source, limits)
  },
  async read(source, context) {
    const { readTorch } = await import('./torch.ts')
    return readTorch(source, context)
  },
}

/** A zip whose first entry is not that of an archive of another kind. */
function isTorchArchive(head: Uint8Array): boolean {
  if (!zipMagic.every((byte, at) => head[at] === byte)) return false
  const nameLength = (head[26] ?? 0) + 256 * (head[27] ?? 0)
  const name = latin1(head.subarray(30, 30 + nameLength))
  return !/\.npy$|^(\[Content_Types\]\.xml|mimetype|metadata\.json|config\.json|META-INF\/.*)$/.test(name)
}

/** LONG1, ten bytes: 0x1950a86a20f9469cfc6c. What precedes it is PROTO and the pickle protocol. */
const legacyMagic = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e]

/** What `torch.save` wrote before torch 1.6, and writes still when it is told not to make a zip file. */
export const torchLegacy: Format = {
  id: 'torch-legacy',
  title: 'PyTorch before 1.6',
  family: 'torch',
  endings: [],
  keeps: { versions: true, tiedNames: true },
  detect: (head) => head[0] === 0x80 && legacyMagic.every((byte, at) => head[2 + at] === byte),
  async read(source, context) {
    const { readLegacy } = await import('./torch-legacy.ts')
    return readLegacy(source, context)
  },
}

/** What torch 0.1 wrote in 2016: a tar archive of `pickle`, `tensors` and `storages`. Named, and not read. */
export const torchTar: Format = {
  id: 'torch-tar',
  title: 'PyTorch 0.1 (tar)',
  family: 'torch',
  endings: [],
  keeps: { versions: false, tiedNames: true },
  detect: (head) =>
    latin1(head.subarray(257, 262)) === 'ustar' &&
    ['pickle', 'tensors', 'storages', 'sys_info'].includes(tarMember(head)),
  async read(source, context) {
    const { refuseTar } = await import('./torch-tar.ts')
    return refuseTar(source, context)
  },
}

/**
 * A bare pickle: not what `torch.save` writes, though some call it so. Paddle's are such. NumPy arrays in it are its tensors. A folder is
 * a checkpoint of torch.distributed where a pickle says what its `*.distcp` files hold; other pickles may be anything.
 */
export const pickle: Format = {
  id: 'pickle',
  title: 'Python pickle',
  kinds: ['torch-distributed', 'paddle'],
  isArchive: ['torch-distributed'],
  family: 'torch',
  endings: ['.pkl', '.pickle', ...paddleEndings],
  keeps: { versions: false, tiedNames: true },
  findIn: (names) =>
    names.filter(
      (name) =>
        paddleEndings.some((ending) => name.toLowerCase().endsWith(ending)) ||
        (name === '.metadata' && names.some((other) => other.endsWith('.distcp'))),
    ),
  isPart: (name, names) => name.endsWith('.distcp') && names.includes('.metadata'),
  fetch: 'all',
  detect: (head) => isBinaryPickle(head) || isTextPickle(head),
  async hides(source, limits) {
    const [first = 0] = await source.read(0, Math.min(1, source.size))
    if (!firstOpcodes.includes(first)) return false
    const { isHiddenPickle } = await import('./hidden-pickle.ts')
    return isHiddenPickle(source, limits)
  },
  async read(source, context) {
    const { readBarePickle } = await import('./pickle.ts')
    return readBarePickle(source, context)
  },
}

/** Opcodes that need nothing on the stack. */
const firstOpcodes: readonly number[] = [
  ...latin1Bytes('(NIFLJKMGSUTVXBC]})cPg\x80\x82\x83\x84\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x95\x96'),
]

/** PROTO and a protocol, and no NUL next, as a little-endian number would have. */
function isBinaryPickle(head: Uint8Array): boolean {
  return head[0] === 0x80 && [2, 3, 4, 5].includes(head[1] ?? 0) && head[2] !== 0
}

/** Protocol 0 has no magic: an import, or a container that is put into the memo, on lines of their own. */
function isTextPickle(head: Uint8Array): boolean {
  const text = latin1(head.subarray(0, 200))
  return /^(c[A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n|\([dlt]p\d+\n|\(c[A-Za-z_][\w.]*\n|\(i[A-Za-z_][\w.]*\n|ccopy_reg\n)/.test(
    text,
  )
}

function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
