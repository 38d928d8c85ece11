import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const shards = 4

/**
 * A sharded model of so many bytes, most of which are holes of the file: a BF16 and an F32 tensor a shard, the second cut
 * wherever a part begins. Some values of each are there.
 *
 * @returns the folder
 */
export function writeModel(folder: string, bytes: number): string {
  mkdirSync(folder)
  const weightMap: Record<string, string> = {}
  const each = Math.floor(bytes / shards / 3 / 4_096) * 4_096
  for (let shard = 0; shard < shards; shard++) {
    const file = `model-0000${shard + 1}-of-0000${shards}.safetensors`
    const [small, large] = [`layers.${shard}.small.weight`, `layers.${shard}.large.weight`]
    const text = JSON.stringify({
      [small]: { dtype: 'BF16', shape: [each / 2], data_offsets: [0, each] },
      [large]: { dtype: 'F32', shape: [each / 2], data_offsets: [each, 3 * each] },
    })
    const header = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8))
    const handle = openSync(join(folder, file), 'w')
    const length = new Uint8Array(8)
    new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true)
    writeSync(handle, length)
    writeSync(handle, header)
    const begin = 8 + header.length
    for (let i = 0; i < 64; i++) {
      const values = Float32Array.from({ length: 1_024 }, (_, k) => Math.sin(shard + i * 7 + k / 3))
      writeSync(handle, values, 0, values.byteLength, begin + each + Math.floor((i * 2 * each) / 65 / 4) * 4)
    }
    ftruncateSync(handle, begin + 3 * each)
    closeSync(handle)
    weightMap[small] = file
    weightMap[large] = file
  }
  writeFileSync(
    join(folder, 'model.safetensors.index.json'),
    JSON.stringify({ metadata: { total_size: shards * 3 * each }, weight_map: weightMap }),
  )
  return folder
}
