import { entry, safetensorsBytes } from './safetensors-bytes.ts'

/** A safetensors file of F32 vectors, name to length, laid out in this order. */
export function vectorsFile(
  lengths: Readonly<Record<string, number>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  // As text: an object would lose a tensor called `__proto__`, and reorder one called `1`.
  const members = Object.keys(metadata).length > 0 ? [`"__metadata__":${JSON.stringify(metadata)}`] : []
  let offset = 0
  for (const [name, length] of Object.entries(lengths)) {
    members.push(
      `${JSON.stringify(name)}:${JSON.stringify(entry('F32', [length], offset, offset + 4 * length))}`,
    )
    offset += 4 * length
  }
  return safetensorsBytes({ header: `{${members.join(',')}}`, data: offset })
}

export function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
}
