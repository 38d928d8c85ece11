/** The bytes of a safetensors file, right or wrong, from its parts. */
export interface SafetensorsParts {
  /** The JSON as it stands in the file. Text is encoded as UTF-8, anything else as JSON. */
  readonly header: unknown
  /** The data section, or its length in zero bytes. Default: what the largest end in `header` says. */
  readonly data?: Uint8Array | number
  /** What the first 8 bytes say. Default: the truth. */
  readonly length?: bigint
  readonly isBigEndian?: boolean
}

export function safetensorsBytes({ header, data, length, isBigEndian }: SafetensorsParts): Uint8Array {
  const json =
    header instanceof Uint8Array
      ? header
      : new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const tail = data instanceof Uint8Array ? data : new Uint8Array(data ?? largestEnd(header))
  const bytes = new Uint8Array(8 + json.length + tail.length)
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), !isBigEndian)
  bytes.set(json, 8)
  bytes.set(tail, 8 + json.length)
  return bytes
}

/** A tensor entry. */
export function entry(dtype: string, shape: readonly number[], begin: number, end: number) {
  return { dtype, shape, data_offsets: [begin, end] }
}

function largestEnd(header: unknown): number {
  if (header === null || typeof header !== 'object' || header instanceof Uint8Array) return 0
  const ends = Object.values(header).map(
    (value) => (value as { data_offsets?: number[] }).data_offsets?.[1] ?? 0,
  )
  return Math.max(0, ...ends)
}
