import { SdinspectError } from '../errors.ts'

// LibLZF's format, which the filter of h5py writes: runs of literals, and copies of what was before.

/**
 * The `bytes` bytes that a stream of LZF stands for.
 *
 * @param bytes what the caller has checked against its limits: this much is allocated
 * @throws SdinspectError `format/malformed`
 */
export function decompressLzf(input: Uint8Array, bytes: number): Uint8Array {
  const output = new Uint8Array(bytes)
  const malformed = (what: string) => new SdinspectError('format/malformed', `an LZF stream ${what}`)
  let at = 0
  let to = 0
  const next = (): number => {
    const byte = input[at++]
    if (byte === undefined) throw malformed('is cut off')
    return byte
  }
  while (at < input.length) {
    const control = next()
    if (control < 32) {
      const length = control + 1
      if (at + length > input.length) throw malformed('is cut off')
      if (to + length > bytes) throw malformed(`gives more than ${bytes} bytes`)
      output.set(input.subarray(at, at + length), to)
      at += length
      to += length
      continue
    }
    const coded = control >> 5
    const length = (coded === 7 ? 7 + next() : coded) + 2
    const from = to - ((control & 0x1f) * 256 + next()) - 1
    if (from < 0) throw malformed('reaches before its start')
    if (to + length > bytes) throw malformed(`gives more than ${bytes} bytes`)
    // Byte by byte: a copy may reach into itself.
    for (let i = 0; i < length; i++) output[to + i] = output[from + i] as number
    to += length
  }
  if (to !== bytes) throw malformed(`gives ${to} bytes, and ${bytes} were announced`)
  return output
}
