import type { Limits } from '../limits.ts'

// Lib/pickletools.py of CPython, the argument of each opcode.

/** Opcodes by how many bytes of argument follow them. */
const fixed: readonly (readonly [bytes: number, opcodes: string])[] = [
  [0, '(012NQRabdelostu)]}\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94\x97\x98'],
  [1, 'Khq\x80\x82'],
  [2, 'M\x83'],
  [4, 'Jjr\x84'],
  [8, 'G\x95'],
]
/** By the bytes of the length that their argument begins with. */
const counted: readonly (readonly [bytes: number, opcodes: string])[] = [
  [1, 'UC\x8a\x8c'],
  [4, 'TXB\x8b'],
  [8, '\x8d\x8e\x96'],
]
/** By the lines that their argument is. */
const lines: readonly (readonly [lines: number, opcodes: string])[] = [
  [1, 'FILSVPgp'],
  [2, 'ci'],
]

const stop = 0x2e
const [fixedBytes, countBytes, lineCount] = [fixed, counted, lines].map((groups) => {
  const table = new Int8Array(256).fill(-1)
  for (const [number, opcodes] of groups) for (const opcode of opcodes) table[opcode.charCodeAt(0)] = number
  return table
}) as [Int8Array, Int8Array, Int8Array]

/**
 * Finds where a pickle stream ends by the lengths of its opcodes alone, in one pass over bytes that come in pieces.
 * Nothing else tells how long a stream is.
 */
export class PickleEnd {
  readonly #limits: Limits
  #at = 0
  #opcodes = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /**
   * @param bytes all that is known of the stream from its start, at each call more than before
   * @returns whether its end is in it, or something that ends the reading of it: no more of it is needed
   */
  isWithin(bytes: Uint8Array): boolean {
    while (this.#at < bytes.length) {
      const opcode = bytes[this.#at] as number
      // What a reader refuses is refused without the rest.
      if (opcode === stop || ++this.#opcodes > this.#limits.pickleOpcodes) return true
      const next = nextOpcode(bytes, this.#at + 1, opcode, this.#limits.pickleStringBytes)
      if (next === 'unknown') return true
      if (next > bytes.length) {
        this.#opcodes--
        return false
      }
      this.#at = next
    }
    return false
  }
}

/** Where the argument at `at` ends, past the end of `bytes` where it is not all there. */
export function nextOpcode(
  bytes: Uint8Array,
  at: number,
  opcode: number,
  longest: number,
): number | 'unknown' {
  const size = fixedBytes[opcode] as number
  if (size >= 0) return at + size
  const width = countBytes[opcode] as number
  if (width > 0) {
    if (at + width > bytes.length) return Number.POSITIVE_INFINITY
    let length = 0
    for (let i = width - 1; i >= 0; i--) length = 256 * length + (bytes[at + i] as number)
    return at + width + length
  }
  const count = lineCount[opcode] as number
  if (count < 0) return 'unknown'
  for (let line = 0; line < count; line++) {
    const end = bytes.indexOf(10, at)
    if (end < 0) return bytes.length - at > longest ? 'unknown' : Number.POSITIVE_INFINITY
    at = end + 1
  }
  return at
}
