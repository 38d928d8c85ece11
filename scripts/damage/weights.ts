/** A tensor of a safetensors file in memory. */
export interface Weight {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data: Uint8Array
}

/** A safetensors file in memory: what a damage changes. */
export interface Weights {
  metadata: Record<string, string>
  tensors: Map<string, Weight>
}

interface Entry {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly [number, number]
}

/** Reads a file that is known to be good. */
export function readWeights(bytes: Uint8Array): Weights {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<string, Entry>
  const { __metadata__: metadata = {}, ...entries } = header
  const tensors = Object.entries(entries).map(
    ([
      name,
      {
        dtype,
        shape,
        data_offsets: [begin, end],
      },
    ]) => {
      const data = bytes.slice(8 + length + begin, 8 + length + end)
      return [name, { dtype, shape, data }] as const
    },
  )
  return { metadata: metadata as unknown as Record<string, string>, tensors: new Map(tensors) }
}

export function writeWeights({ metadata, tensors }: Weights): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata }
  let offset = 0
  for (const [name, { dtype, shape, data }] of tensors) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.length] }
    offset += data.length
  }
  return withHeader(
    JSON.stringify(header),
    [...tensors.values()].map(({ data }) => data),
  )
}

/** A file of a header as it stands and the bytes behind it. */
export function withHeader(header: string, data: readonly Uint8Array[]): Uint8Array {
  const json = new TextEncoder().encode(header.padEnd(Math.ceil(header.length / 8) * 8))
  const size = data.reduce((sum, { length }) => sum + length, 0)
  const bytes = new Uint8Array(8 + json.length + size)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true)
  bytes.set(json, 8)
  let at = 8 + json.length
  for (const part of data) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** The same weight in another type and shape, its values zero. */
export function blank(dtype: string, shape: readonly number[], bytesPerElement: number): Weight {
  const elements = shape.reduce((product, length) => product * length, 1)
  return { dtype, shape, data: new Uint8Array(elements * bytesPerElement) }
}
