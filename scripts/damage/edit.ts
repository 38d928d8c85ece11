import type { Files } from './files.ts'
import { type Weight, withHeader } from './weights.ts'

export const model = 'model.safetensors'
export const adapter = 'adapter_model.safetensors'
export const index = 'model.safetensors.index.json'
export const shard = (number: number, of = 4): string => `model-0000${number}-of-0000${of}.safetensors`

export type Table = Map<string, Weight>

/** Gives every tensor the name that `rename` makes of it, in the same order. */
export function renamed(tensors: Table, rename: (name: string) => string): Table {
  return new Map([...tensors].map(([name, weight]) => [rename(name), weight]))
}

export function without(tensors: Table, isLost: (name: string) => boolean): Table {
  return new Map([...tensors].filter(([name]) => !isLost(name)))
}

/** Takes the tensors of such names out of a file. */
export function lose(files: Files, file: string, isLost: (name: string) => boolean): void {
  files.weights(file, (weights) => {
    weights.tensors = without(weights.tensors, isLost)
  })
}

/** The header of a file as text, and its data. */
function taken(bytes: Uint8Array): { header: string; data: Uint8Array } {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true))
  return { header: new TextDecoder().decode(bytes.subarray(8, 8 + length)), data: bytes.slice(8 + length) }
}

/** Changes the header of a file as a text, and nothing behind it. */
export function withEditedHeader(files: Files, edit: (header: string) => string, name = ''): void {
  const { header, data } = taken(files.bytes(name))
  files.write(name, withHeader(edit(header), [data]))
}

export function setIn(object: object | undefined, key: string, value: unknown): void {
  if (value === undefined) delete (object as Record<string, unknown>)[key]
  else (object as Record<string, unknown>)[key] = value
}

/** Another shape or element type for a tensor, with as many zeros. */
export function changed(tensors: Table, name: string, change: (weight: Weight) => Weight): void {
  tensors.set(name, change(tensors.get(name) as Weight))
}

/** Writes 32-bit floats over the values of a tensor, from its first. */
export function withFloats(
  tensors: Table,
  name: string,
  values: (index: number, old: number) => number,
): void {
  changed(tensors, name, (weight) => {
    const data = weight.data.slice()
    const view = new DataView(data.buffer)
    for (let i = 0; i * 4 < data.length; i++)
      view.setFloat32(i * 4, values(i, view.getFloat32(i * 4, true)), true)
    return { ...weight, data }
  })
}

/** A file with some of its bytes lost at the end. */
export function cut(files: Files, name: string, share: number): void {
  const bytes = files.bytes(name)
  files.write(name, bytes.subarray(0, Math.floor(bytes.length * share)))
}

export function appended(files: Files, name: string, more: Uint8Array): void {
  files.write(name, new Uint8Array([...files.bytes(name), ...more]))
}
