/** A protobuf field of bytes, or of a number. */
export function field(number: number, payload: Uint8Array | string | number | bigint): Uint8Array {
  if (typeof payload === 'number' || typeof payload === 'bigint')
    return Buffer.concat([varint(number << 3), varint(payload)])
  const bytes = Buffer.from(payload)
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes])
}

export function varint(value: number | bigint): Uint8Array {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0))
    rest >>= 7n
  } while (rest > 0n)
  return Buffer.from(bytes)
}

export interface OnnxParts {
  readonly name?: string
  readonly dims?: readonly (number | bigint)[]
  readonly type?: number
  /** Bytes of `raw_data`; null for none. */
  readonly data?: number | null
  readonly external?: Readonly<Record<string, string>>
  /** Instead of one tensor. */
  readonly graph?: Uint8Array
}

export function tensorBytes(parts: OnnxParts = {}): Uint8Array {
  const { name = 'w', dims = [2, 2], type = 1, external } = parts
  const { data = external === undefined ? 16 : null } = parts
  return Buffer.concat([
    ...dims.map((length) => field(1, length)),
    field(2, type),
    field(8, name),
    ...(data === null ? [] : [field(9, new Uint8Array(data))]),
    ...Object.entries(external ?? {}).map(([key, value]) =>
      field(13, Buffer.concat([field(1, key), field(2, value)])),
    ),
    ...(external === undefined ? [] : [field(14, 1)]),
  ])
}

/** A model of ONNX by onnx.proto: one initializer, F32 `[2, 2]` unless told otherwise. */
export function onnxBytes(parts: OnnxParts = {}): Uint8Array {
  const graph = parts.graph ?? field(5, tensorBytes(parts))
  return new Uint8Array(Buffer.concat([field(1, 8), field(2, 'test of onnx'), field(7, graph)]))
}
