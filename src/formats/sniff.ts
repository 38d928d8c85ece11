import type { ErrorCode } from '../errors.ts'

/** What a file that is no checkpoint sdinspect reads turns out to be. */
export interface Sniffed {
  readonly code: ErrorCode
  /** With its article, for messages: `a gzip file`. */
  readonly title: string
  readonly hint?: string
}

interface Signature extends Sniffed {
  readonly matches: (head: Uint8Array) => boolean
}

/** Whether `head` has these bytes at `offset`. Text is ASCII. */
function has(what: string | readonly number[], offset = 0): (head: Uint8Array) => boolean {
  const bytes = typeof what === 'string' ? [...what].map((letter) => letter.charCodeAt(0)) : what
  return (head) => bytes.every((byte, index) => head[offset + index] === byte)
}

/** Whether `head` is text that begins with one of `beginnings`, white space and case aside. */
function begins(...beginnings: string[]): (head: Uint8Array) => boolean {
  return (head) => {
    const text = new TextDecoder('latin1')
      .decode(head)
      .replace(/^\u00ef\u00bb\u00bf/, '')
      .trimStart()
      .toLowerCase()
    return beginnings.some((beginning) => text.startsWith(beginning))
  }
}

/** Whether the text `needle` is anywhere in `head`. */
function contains(needle: string): (head: Uint8Array) => boolean {
  return (head) => new TextDecoder('latin1').decode(head).includes(needle)
}

const both =
  (a: Signature['matches'], b: Signature['matches']): Signature['matches'] =>
  (head) =>
    a(head) && b(head)

const unpack = 'unpack it first'
const zipBegins = has('PK\x03\x04')

/** In order: the first that matches names the file. */
const signatures: readonly Signature[] = [
  {
    code: 'format/pointer',
    title: 'a Git LFS pointer, not the file it points to',
    hint: 'fetch the file with: git lfs pull',
    matches: begins('version https://git-lfs.github.com/spec/', 'version https://hawser.github.com/spec/'),
  },
  {
    code: 'format/pointer',
    title: 'a DVC pointer, not the file it points to',
    hint: 'fetch the file with: dvc pull',
    matches: both(begins('outs:', 'md5:', '# dvc'), contains('md5: ')),
  },
  {
    code: 'format/web-page',
    title: 'an HTML page, usually what a server sends in place of the file',
    hint: 'open the file in a text editor to see what the server said, and download it again',
    matches: begins('<!doctype html', '<html', '<head', '<body', '<!--'),
  },
  {
    code: 'format/web-page',
    title: 'an XML document, usually the error of a storage server in place of the file',
    hint: 'open the file in a text editor to see what the server said, and download it again',
    matches: begins('<?xml', '<error'),
  },
  { code: 'unsupported/format', title: 'a GGUF file', matches: has('GGUF') },
  {
    code: 'unsupported/format',
    title: 'a GGML file',
    matches: (head) => ['lmgg', 'tjgg', 'fmgg'].some((magic) => has(magic)(head)),
  },
  { code: 'unsupported/format', title: 'an HDF5 file (Keras .h5)', matches: has('\x89HDF\r\n\x1a\n') },
  { code: 'unsupported/format', title: 'a NumPy array (.npy)', matches: has('\x93NUMPY') },
  {
    code: 'unsupported/format',
    title: 'a NumPy archive (.npz)',
    matches: both(zipBegins, (head) => contains('.npy')(head.subarray(30, 512))),
  },
  {
    code: 'unsupported/format',
    title: 'a Keras archive (.keras)',
    matches: both(zipBegins, (head) => has('metadata.json', 30)(head) || has('config.json', 30)(head)),
  },
  {
    code: 'unsupported/format',
    title: 'a ZIP archive',
    matches: (head) => zipBegins(head) || has('PK\x05\x06')(head),
  },
  { code: 'unsupported/format', title: 'a TensorFlow Lite model', matches: has('TFL3', 4) },
  {
    code: 'unsupported/format',
    title: 'a flatbuffer module of PyTorch Mobile (.ptl)',
    matches: has('PTMF', 4),
  },
  { code: 'unsupported/format', title: 'an ExecuTorch program (.pte)', matches: has('ET12', 4) },
  { code: 'unsupported/format', title: 'a gzip file', hint: unpack, matches: has([0x1f, 0x8b, 0x08]) },
  {
    code: 'unsupported/format',
    title: 'a Zstandard file',
    hint: unpack,
    matches: has([0x28, 0xb5, 0x2f, 0xfd]),
  },
  {
    code: 'unsupported/format',
    title: 'a 7z archive',
    hint: unpack,
    matches: has([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]),
  },
  {
    code: 'unsupported/format',
    title: 'an xz file',
    hint: unpack,
    matches: has([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
  },
  {
    code: 'unsupported/format',
    title: 'a bzip2 file',
    hint: unpack,
    matches: both(has('BZh'), (head) => has([0x31, 0x41, 0x59, 0x26], 4)(head)),
  },
  { code: 'unsupported/format', title: 'an LZ4 file', hint: unpack, matches: has([0x04, 0x22, 0x4d, 0x18]) },
  { code: 'unsupported/format', title: 'a RAR archive', hint: unpack, matches: has('Rar!\x1a\x07') },
  { code: 'unsupported/format', title: 'a tar archive', hint: unpack, matches: has('ustar', 257) },
  {
    code: 'unsupported/format',
    title: 'a Python pickle',
    matches: (head) => [2, 3, 4, 5].includes(head[1] ?? 0) && head[0] === 0x80 && head[2] !== 0,
  },
  { code: 'unsupported/format', title: 'a PDF document', matches: has('%PDF-') },
  {
    code: 'unsupported/format',
    title: 'a picture',
    matches: (head) => has('\x89PNG')(head) || has([0xff, 0xd8, 0xff])(head),
  },
  { code: 'unsupported/format', title: 'a program', matches: has('\x7fELF') },
  {
    code: 'unsupported/format',
    title: 'an ONNX model',
    // ModelProto: ir_version, then the producer's name (onnx.proto).
    matches: (head) => head[0] === 0x08 && (head[1] ?? 0) < 32 && head[2] === 0x12 && contains('onnx')(head),
  },
  { code: 'unsupported/format', title: 'a YAML document', matches: begins('---\n', '%yaml') },
]

/**
 * What `head`, the first 512 bytes of a file or all of it, is: something that is often mistaken for a
 * checkpoint, or a format sdinspect does not read. null when nothing is recognised.
 */
export function sniff(head: Uint8Array): Sniffed | null {
  return signatures.find((signature) => signature.matches(head)) ?? null
}
