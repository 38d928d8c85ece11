import type { ErrorCode } from '../errors.ts'
import { beginsAsSavedModel } from './saved-model.ts'
import { allOf, anyOf, begins, contains, has, type Signature } from './signature.ts'

/** A kind of file that sdinspect knows by name and does not read: a format of weights, or what is taken for one. */
export interface KnownFile {
  /** With its article, for messages: `a gzip file`. */
  readonly title: string
  /** Usual endings of its name, with the dot. */
  readonly endings: readonly string[]
  /** Absent where its bytes begin like nothing in particular: its name alone tells. */
  readonly detect?: Signature
  /** Of names, where an ending is not all. */
  readonly named?: RegExp
  /** What reading it is; without it, a format that is not read. */
  readonly code?: ErrorCode
  /** It holds no weights, so nothing is lost where it is left alone. */
  readonly isHarmless?: true
  /** What to do about it. */
  readonly advice?: string
}

const unpack = 'unpack it first'
const lookInside = 'open the file in a text editor to see what the server said, and download it again'
const withNetron = 'Netron (netron.app) shows what is in it'
const withCoreML = `read it with coremltools; ${withNetron}`
const zip = has('PK\x03\x04')

/** A message of protobuf: for each step a tag, whose payload of bytes the next step begins in or `text` ends in. */
function protobuf(start: number, ...tags: readonly (number | 'text')[]): Signature {
  return (head) => {
    let at = start
    for (const tag of tags) {
      if (tag === 'text') return (head[at] ?? 0) >= 0x20 && (head[at] ?? 0) < 0x7f
      if (head[at++] !== tag) return false
      while ((head[at++] ?? 0) >= 0x80);
    }
    return true
  }
}

/** The header of RFC 1950 before a block of RFC 1951, and not a text that begins with `x^`. */
function isZlib(head: Uint8Array): boolean {
  const [method = 0, flags = 0, block = 0] = head
  if (method !== 0x78 || (method * 256 + flags) % 31 !== 0 || (flags & 0x20) !== 0 || (block & 6) === 6)
    return false
  return head.subarray(1, 64).some((byte) => byte >= 0x7f || byte < 9)
}

/** In order: the first that matches names the file. */
export const knownFiles: readonly KnownFile[] = [
  // What stands in the place of a file.
  {
    title: 'a Git LFS pointer, not the file it points to',
    endings: [],
    detect: begins('version https://git-lfs.github.com/spec/', 'version https://hawser.github.com/spec/'),
    code: 'format/pointer',
    advice: 'fetch the file with: git lfs pull',
  },
  {
    title: 'a DVC pointer, not the file it points to',
    endings: ['.dvc'],
    detect: allOf(begins('outs:', 'md5:', '# dvc'), contains('md5: ')),
    code: 'format/pointer',
    advice: 'fetch the file with: dvc pull',
  },
  {
    title: 'an HTML page, usually what a server sends in place of the file',
    endings: ['.html'],
    isHarmless: true,
    detect: begins('<!doctype html', '<html', '<head', '<body', '<!--'),
    code: 'format/web-page',
    advice: lookInside,
  },
  {
    title: 'an XML document, usually the error of a storage server in place of the file',
    endings: ['.xml'],
    isHarmless: true,
    detect: begins('<?xml', '<error'),
    code: 'format/web-page',
    advice: lookInside,
  },
  // Weights of other programs.
  { title: 'a GGML file', endings: [], detect: anyOf(has('lmgg'), has('tjgg'), has('fmgg')) },
  {
    title: 'an Office document',
    endings: ['.docx', '.xlsx', '.pptx'],
    detect: allOf(zip, has('[Content_Types].xml', 30)),
  },
  { title: 'a Java archive', endings: ['.jar'], detect: allOf(zip, has('META-INF/', 30)) },
  { title: 'a ZIP archive', endings: ['.zip'], detect: anyOf(zip, has('PK\x05\x06')) },
  {
    title: 'a TensorFlow Lite model',
    endings: ['.tflite'],
    detect: has('TFL3', 4),
    advice: `read it with the interpreter of TensorFlow Lite (LiteRT); ${withNetron}`,
  },
  {
    title: 'the graph of a TensorFlow SavedModel',
    endings: [],
    // SavedModel: its version, then a MetaGraphDef that begins with a MetaInfoDef and the operations in it.
    detect: allOf(has([0x08, 0x01]), protobuf(2, 0x12, 0x0a, 0x12)),
    advice: 'its weights are in variables/variables.index beside it: give that file, or the folder',
  },
  {
    title: 'a CoreML model',
    endings: [],
    // Model: its specification version, then a description that begins with an input and its name.
    detect: allOf((head) => head[0] === 0x08 && (head[1] ?? 0) < 32, protobuf(2, 0x12, 0x0a, 0x0a, 'text')),
    advice: withCoreML,
  },
  {
    title: 'the weights of a CoreML program',
    endings: [],
    detect: has([0xef, 0xbe, 0xad, 0xde], 64),
    advice: 'read the .mlpackage that it is in with coremltools',
  },
  {
    title: 'a graph of TensorFlow (GraphDef)',
    endings: [],
    // A node, its name and its operation.
    detect: allOf(protobuf(0, 0x0a, 0x0a, 'text'), contains('\x12')),
    advice: `read it with TensorFlow (tf.compat.v1.GraphDef); ${withNetron}`,
  },
  {
    title: 'the list of the TensorFlow checkpoints of a folder',
    endings: [],
    isHarmless: true,
    detect: begins('model_checkpoint_path:'),
    advice: 'give the .index file of one of them',
  },
  { title: 'a flatbuffer module of PyTorch Mobile (.ptl)', endings: ['.ptl'], detect: has('PTMF', 4) },
  { title: 'an ExecuTorch program (.pte)', endings: ['.pte'], detect: has('ET12', 4) },
  // Archives and everything else that is given the name of weights.
  { title: 'a gzip file', endings: ['.gz', '.tgz'], detect: has([0x1f, 0x8b, 0x08]), advice: unpack },
  { title: 'a Zstandard file', endings: ['.zst'], detect: has([0x28, 0xb5, 0x2f, 0xfd]), advice: unpack },
  {
    title: 'a 7z archive',
    endings: ['.7z'],
    detect: has([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]),
    advice: unpack,
  },
  {
    title: 'an xz file',
    endings: ['.xz'],
    detect: has([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]),
    advice: unpack,
  },
  {
    title: 'a bzip2 file',
    endings: ['.bz2'],
    detect: allOf(has('BZh'), has([0x31, 0x41, 0x59, 0x26], 4)),
    advice: unpack,
  },
  { title: 'an LZ4 file', endings: ['.lz4'], detect: has([0x04, 0x22, 0x4d, 0x18]), advice: unpack },
  {
    title: 'a zlib stream, as joblib writes',
    endings: [],
    detect: (head) => isZlib(head),
    advice: unpack,
  },
  {
    title: 'an LZMA stream, as joblib writes',
    endings: ['.lzma'],
    // Properties and a dictionary of some size, and a length of the whole: unknown, or below 2^40.
    detect: allOf(has([0x5d, 0, 0]), (head) => {
      const length = head.subarray(5, 13)
      return (
        length.every((byte) => byte === 0xff) || (length.length === 8 && !length.subarray(5).some(Boolean))
      )
    }),
    advice: unpack,
  },
  { title: 'a compressed file of joblib before 0.10', endings: ['.z'], detect: has('ZF0x'), advice: unpack },
  { title: 'a RAR archive', endings: ['.rar'], detect: has('Rar!\x1a\x07'), advice: unpack },
  {
    title: 'a Python pickle',
    endings: [],
    detect: (head) => [2, 3, 4, 5].includes(head[1] ?? 0) && head[0] === 0x80 && head[2] !== 0,
  },
  { title: 'a PDF document', endings: ['.pdf'], isHarmless: true, detect: has('%PDF-') },
  {
    title: 'a picture',
    endings: ['.png', '.jpg', '.jpeg', '.gif', '.webp', '.bmp', '.tif', '.tiff'],
    isHarmless: true,
    detect: anyOf(
      has('\x89PNG'),
      has([0xff, 0xd8, 0xff]),
      has('GIF8'),
      allOf(has('RIFF'), has('WEBP', 8)),
      allOf(has('BM'), has([0, 0, 0, 0], 6)),
      has('II*\0'),
      has('MM\0*'),
    ),
  },
  {
    title: 'a sound or a film',
    endings: ['.wav', '.mp3', '.mp4', '.flac', '.ogg'],
    isHarmless: true,
    detect: anyOf(
      allOf(has('RIFF'), anyOf(has('WAVE', 8), has('AVI ', 8))),
      has('ID3'),
      has('ftyp', 4),
      has('fLaC'),
      has('OggS'),
      has([0x1a, 0x45, 0xdf, 0xa3]),
    ),
  },
  {
    title: 'a program',
    endings: ['.so', '.exe', '.dll', '.dylib'],
    isHarmless: true,
    detect: anyOf(
      has('\x7fELF'),
      allOf(has('MZ'), (head) => head.length > 64),
      has([0xcf, 0xfa, 0xed, 0xfe]),
      has([0xce, 0xfa, 0xed, 0xfe]),
      has([0xca, 0xfe, 0xba, 0xbe]),
    ),
  },
  { title: 'a table of data (Parquet)', endings: ['.parquet'], isHarmless: true, detect: has('PAR1') },
  {
    title: 'a table of data (Arrow)',
    endings: ['.arrow', '.feather'],
    isHarmless: true,
    detect: has('ARROW1'),
  },
  {
    title: 'a SQLite database',
    endings: ['.sqlite', '.db'],
    isHarmless: true,
    detect: has('SQLite format 3\0'),
  },
  {
    title: 'a text of YAML, or with a head of it',
    endings: ['.yaml', '.yml'],
    isHarmless: true,
    detect: begins('---\n', '%yaml'),
  },
  { title: 'a SavedModel of TensorFlow', endings: [], detect: beginsAsSavedModel },
  { title: 'a graph of TensorFlow', endings: ['.pb', '.pbtxt'] },
  { title: 'a GGML file', endings: ['.ggml'] },
  {
    title: 'a file of values of a TensorFlow checkpoint',
    endings: [],
    named: /\.data-\d{5}-of-\d{5}$/,
    advice: 'give the .index file beside it, which says what is where',
  },
  {
    title: 'the graph of a TensorFlow 1 checkpoint',
    endings: ['.ckpt.meta'],
    named: /\.ckpt-\d+\.meta$/,
    isHarmless: true,
    advice: 'give the .index file beside it',
  },
  {
    title: 'the fingerprint of a TensorFlow SavedModel',
    endings: [],
    named: /(^|[\\/])fingerprint\.pb$/,
    isHarmless: true,
  },
  {
    title: 'a file of weights of a TensorFlow.js model',
    endings: [],
    named: /(^|[\\/])group\d+-shard\d+of\d+(\.bin)?$/,
    advice: 'tensorflowjs_converter turns the model into one of Keras, which is read',
  },
  { title: 'a CoreML model', endings: ['.mlmodel'], advice: withCoreML },
  {
    title: 'a CoreML package',
    endings: ['.mlpackage'],
    advice: 'read it with coremltools',
  },
  {
    title: 'a PaddlePaddle model for inference',
    endings: ['.pdiparams'],
    advice: 'the .pdparams that it was made of is read',
  },
  { title: 'an MXNet model', endings: ['.params'], advice: 'read it with mxnet.nd.load' },
  { title: 'a Caffe model', endings: ['.caffemodel'], advice: withNetron },
  { title: 'a Darknet model', endings: ['.weights'], advice: withNetron },
  { title: 'a TensorRT engine', endings: ['.engine', '.plan', '.trt'] },
  { title: 'an MNN model', endings: ['.mnn'] },
  { title: 'a RKNN model', endings: ['.rknn'] },
]
