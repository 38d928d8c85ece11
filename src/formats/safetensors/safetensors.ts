import type { Checkpoint } from '../../model/checkpoint.ts'
import { fileName } from '../../source/file-name.ts'
import { declaredAliases, withAliases } from '../aliases.ts'
import type { Format } from '../format.ts'
import { lengthBytes } from './header.ts'
import { producerOf } from './producer.ts'
import { readHeader } from './read-header.ts'

/** The safetensors file format. Reads 8 bytes and the header. */
export const safetensors: Format = {
  id: 'safetensors',
  title: 'safetensors',
  family: 'safetensors',
  endings: ['.safetensors'],
  isTrusted: true,
  // Of 800 tensors, and with a config.json no more than huggingface_hub reads (100,001).
  headerBytes: 90_112,
  keeps: { versions: false, tiedNames: false },
  detect: claimsToBeSafetensors,
  async read(source, { limits }): Promise<Checkpoint> {
    const file = fileName(source.name)
    const header = await readHeader(source, limits, file)
    const aliases = declaredAliases(header.metadata, header.hasTensor)
    return {
      format: 'safetensors',
      producer: producerOf(header.metadata),
      files: [{ name: file, bytes: source.size, role: 'weights' }],
      metadata: header.metadata,
      side: {},
      stateDicts: [
        {
          path: '',
          role: 'model',
          tensors: withAliases(header.tensors, aliases),
          // The reference writer sorts. Some others do not, and nothing in the file tells which wrote it.
          order: 'unrecorded',
          facts: aliases.size > 0 ? { aliases } : {},
        },
      ],
      findings: header.findings,
    }
  },
}

/** A length that could be a header's in either byte order, and the start of JSON after it. */
function claimsToBeSafetensors(head: Uint8Array, size: number): boolean {
  if (head.length < lengthBytes) return false
  const isSmall = (...bytes: number[]) => bytes.every((at) => head[at] === 0)
  // The three high bytes of a length are 0 in any file, and a letter in text.
  if (!isSmall(5, 6, 7) && !isSmall(0, 1, 2)) return false
  if (size === lengthBytes) return true
  let at = lengthBytes
  if (byteOrderMarks.some((mark) => mark.every((byte, index) => head[at + index] === byte))) return true
  while (isJsonSpace(head[at])) at++
  return head[at] === 0x7b || (at === head.length && at > lengthBytes)
}

const byteOrderMarks = [
  [0xef, 0xbb, 0xbf],
  [0xff, 0xfe, 0x7b],
  [0xfe, 0xff, 0x00, 0x7b],
]

function isJsonSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d
}
