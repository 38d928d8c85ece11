import { existsSync, readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'

/** The files that are kept compressed together: a line of `[name, bytes]` pairs as JSON, then the bytes (`NAME.bin.br`). */
export function packedFiles(pack: URL): ReadonlyMap<string, Uint8Array> {
  const bytes = brotliDecompressSync(readFileSync(pack))
  const begin = bytes.indexOf('\n') + 1
  const sizes = JSON.parse(bytes.subarray(0, begin).toString()) as [string, number][]
  const files = new Map<string, Uint8Array>()
  let at = begin
  for (const [name, size] of sizes) {
    files.set(name, bytes.subarray(at, at + size))
    at += size
  }
  return files
}

const root = new URL('../../', import.meta.url)

/** The bytes of a fixture (`fixtures/torch/sorted.pt`): a file, one that is kept compressed, or one in the `more.bin.br` of its folder. */
export function packedOrPlain(name: string): Uint8Array {
  const file = new URL(name, root)
  if (existsSync(file)) return readFileSync(file)
  const alone = new URL(`${name}.br`, root)
  if (existsSync(alone)) return brotliDecompressSync(readFileSync(alone))
  const bytes = packedFiles(new URL('more.bin.br', file)).get(name.slice(name.lastIndexOf('/') + 1))
  if (bytes === undefined) throw new Error(`there is no fixture ${name}`)
  return bytes
}
