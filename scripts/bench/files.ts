import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

// Everything is made of blocks as a mixture of experts has them: 768 tensors a layer. Data is a hole: nothing reads it.

const projections = ['gate_proj', 'up_proj', 'down_proj'] as const
const expertsPerLayer = 256
const tensorBytes = 1024 * 352 * 2

/** What the tensors of one file are called. */
export type Naming = (index: number) => string

const place = (index: number) => ({
  projection: projections[index % 3] as string,
  expert: Math.floor(index / 3) % expertsPerLayer,
  layer: Math.floor(index / 3 / expertsPerLayer),
})

export const plainNames: Naming = (index) => {
  const { projection, expert, layer } = place(index)
  return `model.layers.${layer}.mlp.experts.${expert}.${projection}.weight`
}

export const otherRoot: Naming = (index) => plainNames(index).replace('model.', 'transformer.backbone.')

export const otherModules: Naming = (index) => {
  const { projection, expert, layer } = place(index)
  const renamed = { gate_proj: 'w1', up_proj: 'w3', down_proj: 'w2' }[projection]
  return `model.blocks.${layer}.ffn.moe.${expert}.${renamed}.weight`
}

/** Names that have nothing in common with the others, or with each other. */
export const unrelatedNames: Naming = (index) => {
  const word = (seed: number) => (Math.imul(index + 1, seed) >>> 0).toString(36)
  return `${word(0x9e3779b1)}.${word(0x85ebca6b)}.${word(0xc2b2ae35)}`
}

/** A safetensors file of `tensors` tensors, but those that `leftOut` names by their index. */
export function safetensorsFile(
  path: string,
  tensors: number,
  name: Naming = plainNames,
  leftOut: (index: number) => boolean = () => false,
): string {
  const entries: string[] = []
  let offset = 0
  for (let index = 0; index < tensors; index++) {
    if (leftOut(index)) continue
    const shape = index % 3 === 2 ? '1024,352' : '352,1024'
    entries.push(
      `"${name(index)}":{"dtype":"BF16","shape":[${shape}],"data_offsets":[${offset},${offset + tensorBytes}]}`,
    )
    offset += tensorBytes
  }
  const json = `{"__metadata__":{"format":"pt"},${entries.join(',')}}`
  return writeSafetensors(path, Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8)), offset)
}

export function writeSafetensors(path: string, header: Uint8Array, dataBytes: number): string {
  const file = openSync(path, 'w')
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true)
  writeSync(file, length)
  writeSync(file, header)
  ftruncateSync(file, 8 + header.length + dataBytes)
  closeSync(file)
  return path
}

/** The same tensors in `shards` files with their index; gives the path of the index. */
export function shardedFiles(folder: string, tensors: number, shards: number): string {
  const perShard = Math.ceil(tensors / shards)
  const weightMap: string[] = []
  let total = 0
  for (let shard = 0; shard < shards; shard++) {
    const number = (value: number) => String(value).padStart(5, '0')
    const name = `model-${number(shard + 1)}-of-${number(shards)}.safetensors`
    const first = shard * perShard
    const count = Math.max(0, Math.min(perShard, tensors - first))
    safetensorsFile(join(folder, name), count, (index) => plainNames(first + index))
    for (let index = first; index < first + count; index++) weightMap.push(`"${plainNames(index)}":"${name}"`)
    total += count * tensorBytes
  }
  const path = join(folder, 'model.safetensors.index.json')
  writeFileSync(path, `{"metadata":{"total_size":${total}},"weight_map":{${weightMap.join(',')}}}`)
  return path
}

/** A manifest of `tensors` entries, as docs/json.md describes it. */
export function manifestFile(path: string, tensors: number): string {
  const entries = Array.from({ length: tensors }, (_, index) => {
    const shape = index % 3 === 2 ? '[1024, 352]' : '[352, 1024]'
    return `"${plainNames(index)}": {"dtype": "BF16", "shape": ${shape}, "kind": "parameter", "requires_grad": true}`
  })
  writeFileSync(path, `{${entries.join(', ')}}`)
  return path
}
