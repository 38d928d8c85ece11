import { SdinspectError } from '../../errors.ts'
import { isLittleEndian } from '../value-window.ts'

/** How packed values are worked out, as float32. */
export interface Decoding {
  /** Bytes that belong together: those that are decoded at once begin and end there. */
  readonly unit: number
  /**
   * Values of whole units, in the order in which they are stored.
   *
   * @param offset of the first byte, from the first of the tensor
   */
  decode(bytes: Uint8Array, offset: number): Float32Array
}

/**
 * What windows of packed values stand for, as windows of F32, little-endian: the one way in which kernels see them.
 *
 * @param from of the first byte, at a unit
 * @throws SdinspectError `unsupported/feature` where they end within a unit
 */
export async function* decodedWindows(
  windows: AsyncIterable<Uint8Array>,
  { unit, decode }: Decoding,
  from = 0,
): AsyncGenerator<Uint8Array> {
  let offset = from
  let rest = new Uint8Array()
  for await (const window of windows) {
    const bytes = rest.length === 0 ? window : joined(rest, window)
    const whole = bytes.length - (bytes.length % unit)
    if (whole > 0) yield littleEndian(decode(bytes.subarray(0, whole), offset))
    offset += whole
    // Kept beyond the window, which may be memory that is used again.
    rest = bytes.slice(whole)
  }
  if (rest.length > 0) throw new SdinspectError('unsupported/feature', 'it ends within a group')
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length)
  all.set(a)
  all.set(b, a.length)
  return all
}

function littleEndian(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  if (!isLittleEndian) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i] as number, true)
  }
  return bytes
}
