// Datasets in pieces, held to h5py over changed files:
//   npm run oracle:hdf5 -- PYTHON COUNT SEED
// PYTHON has h5py. Each of COUNT files is one of fixtures/hdf5/pieces-*.h5.br with some bytes changed. A dataset that both read
// and that is not the same ends it with 1.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { open } from '../../src/index.ts'
import { memorySource } from '../../src/source/memory.ts'

const [python = 'python3', counted = '2000', seeded = '1'] = process.argv.slice(2)
const seeds = ['pieces-earliest', 'pieces-latest'].map(
  (name) => new Uint8Array(brotliDecompressSync(readFileSync(`fixtures/hdf5/${name}.h5.br`))),
)
const expected = JSON.parse(gunzipSync(readFileSync('fixtures/hdf5/pieces.json.gz')).toString()) as Record<
  string,
  Record<string, unknown>
>
const names = Object.keys(expected['pieces-latest'] ?? {})

/** Marsaglia's xorshift, 32 bits. */
let state = Number(seeded) * 2_654_435_761 || 1
function random(below: number): number {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) % below
}

/** Where structures are: changes there tell more than changes of values. */
const structures = seeds.map((bytes) => {
  const found: number[] = []
  const text = Buffer.from(bytes)
  for (const signature of ['TREE', 'FAHD', 'FADB', 'EAHD', 'EAIB', 'EADB', 'BTHD', 'BTLF', 'OHDR'])
    for (let at = text.indexOf(signature); at >= 0; at = text.indexOf(signature, at + 1)) found.push(at)
  return found
})

function changed(): Uint8Array {
  const which = random(seeds.length)
  const bytes = (seeds[which] as Uint8Array).slice()
  const places = structures[which] as number[]
  for (let change = 0; change <= random(3); change++) {
    const near = (places[random(places.length)] as number) + random(160)
    const at = random(3) === 0 ? random(bytes.length) : Math.min(near, bytes.length - 1)
    const byte = bytes[at] as number
    bytes[at] = [byte ^ (1 << random(8)), byte + 1, 0, 0xff, random(256)][random(5)] as number
  }
  return bytes
}

async function digests(bytes: Uint8Array): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const checkpoint = await open(memorySource(bytes, 'm.h5')).catch(() => undefined)
  if (checkpoint === undefined) return found
  for (const { name, shape, elements } of checkpoint.tensors) {
    if (elements > 10_000_000) continue
    const hash = createHash('sha256')
    try {
      for await (const window of checkpoint.values(name)) hash.update(window.bytes)
      found.set(name, `[${shape.join(', ')}] ${hash.digest('hex')}`)
    } catch {
      // Refused.
    }
  }
  await checkpoint.close()
  return found
}

const folder = mkdtempSync(join(tmpdir(), 'sdinspect-hdf5-'))
const tally = { files: Number(counted), same: 0, bothRefused: 0, onlyHere: 0, onlyThere: 0, different: 0 }
try {
  const own = new Map<string, Map<string, string>>()
  for (let i = 0; i < tally.files; i++) {
    const bytes = changed()
    const file = `${String(i).padStart(6, '0')}.h5`
    writeFileSync(join(folder, file), bytes)
    own.set(file, await digests(bytes))
  }
  const paths = names.map((name) => name.replaceAll('.', '/'))
  const { stdout } = await promisify(execFile)(python, ['scripts/hdf5/read.py', folder, paths.join('\n')], {
    maxBuffer: 1 << 30,
  })
  for (const line of stdout.trim().split('\n')) {
    const { file, datasets } = JSON.parse(line) as { file: string; datasets: Record<string, string> }
    for (const path of paths) {
      const here = own.get(file)?.get(path.replaceAll('/', '.'))
      const there = datasets[path]
      if (here === undefined && there === undefined) tally.bothRefused++
      else if (there === undefined) tally.onlyHere++
      else if (here === undefined) tally.onlyThere++
      else if (here === there) tally.same++
      else {
        tally.different++
        process.stderr.write(`${file} (seed ${seeded}): ${path}: ${here}, h5py ${there}\n`)
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.stdout.write(`${JSON.stringify(tally)}\n`)
process.exitCode = tally.different === 0 ? 0 : 1
