/** Metadata of a GGUF file, each value with its type number. */
export type KeyValue = readonly [key: string, type: number, value: Uint8Array]

export interface GgufTensor {
  readonly name?: string | Uint8Array
  /** Fastest first, as in the file. */
  readonly dimensions?: readonly (number | bigint)[]
  readonly type?: number
  readonly offset?: number | bigint
}

export interface GgufParts {
  readonly version?: number
  readonly keys?: readonly KeyValue[]
  readonly keyCount?: number | bigint
  readonly tensors?: readonly GgufTensor[]
  readonly tensorCount?: number | bigint
  readonly data?: number
}

export function number(bytes: 4 | 8, value: number | bigint): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes))
  if (bytes === 4) view.setUint32(0, Number(value), true)
  else view.setBigUint64(0, BigInt.asUintN(64, BigInt(value)), true)
  return new Uint8Array(view.buffer)
}

export function string(text: string | Uint8Array): Uint8Array {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  return Buffer.concat([number(8, bytes.length), bytes])
}

export function array(type: number, elements: readonly Uint8Array[], count = elements.length): Uint8Array {
  return Buffer.concat([number(4, type), number(8, count), ...elements])
}

/** A GGUF file by the layout of its specification: little-endian, version 3, alignment 32. */
export function ggufBytes(parts: GgufParts): Uint8Array {
  const { version = 3, keys = [], tensors = [], data = 0 } = parts
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    number(4, version),
    number(8, parts.tensorCount ?? tensors.length),
    number(8, parts.keyCount ?? keys.length),
    ...keys.flatMap(([key, type, value]) => [string(key), number(4, type), value]),
    ...tensors.flatMap(({ name = 'a', dimensions = [4], type = 0, offset = 0 }) => [
      string(name),
      number(4, dimensions.length),
      ...dimensions.map((length) => number(8, length)),
      number(4, type),
      number(8, offset),
    ]),
  ])
  const padding = tensors.length === 0 ? 0 : (32 - (head.length % 32)) % 32
  return new Uint8Array(Buffer.concat([head, new Uint8Array(padding + data)]))
}
