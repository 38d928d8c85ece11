export interface ArrayParts {
  readonly version?: readonly [number, number]
  readonly header?: string | Uint8Array
  /** Instead of the true one. */
  readonly length?: number
  /** Bytes of values. */
  readonly data?: number | Uint8Array
}

/** A NumPy array by the layout of numpy/lib/format.py: F32 `[2, 2]` unless told otherwise. */
export function arrayBytes(parts: ArrayParts = {}): Uint8Array {
  const { version = [1, 0], data = 16 } = parts
  const { header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }" } = parts
  const text = Buffer.from(typeof header === 'string' ? `${header}\n` : header)
  const length = Buffer.alloc(version[0] > 1 ? 4 : 2)
  const announced = parts.length ?? text.length
  if (version[0] > 1) length.writeUInt32LE(announced)
  else length.writeUInt16LE(announced)
  const values = typeof data === 'number' ? new Uint8Array(data) : data
  return new Uint8Array(
    Buffer.concat([Buffer.from('\x93NUMPY', 'latin1'), Buffer.from(version), length, text, values]),
  )
}
