// Compares the safetensors reader with the reference library on changed files by the million:
//   node scripts/run.js scripts/differential/main.ts PYTHON [CASES] [SEED]
// PYTHON needs the package safetensors. Any difference that docs/deviations.md does not list ends it with 1.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { JsonReader } from '../../src/codec/json-reader.ts'
import { SdinspectError } from '../../src/errors.ts'
import { readSafetensors } from '../../src/safetensors.ts'
import { frames } from './frames.ts'
import { makeFile } from './make-file.ts'
import { Random } from './random.ts'

const batchSize = 2_000

/** Name, dtype, shape, and the bytes in hexadecimal. */
type Entry = readonly [string, string, readonly number[], string]

const [, , python = 'python3', cases = '1000000', seed = '1'] = process.argv

async function ours(file: Uint8Array): Promise<readonly Entry[] | SdinspectError> {
  try {
    const { tensors } = await readSafetensors(file)
    return tensors.map(({ name, dtype, shape, values }) => {
      const { offset = 0, length = 0 } = typeof values === 'string' ? {} : (values.chunks[0] ?? {})
      return [
        name,
        dtype ?? '',
        shape,
        Buffer.from(file.buffer, file.byteOffset + offset, length).toString('hex'),
      ]
    })
  } catch (error) {
    if (error instanceof SdinspectError) return error
    throw error
  }
}

/** Which published difference this refusal of an accepted file is; null for none. */
function deviation(error: SdinspectError, file: Uint8Array): string | null {
  if (/^the header, byte \d+: the (tensor|key) .* is there twice/.test(error.message))
    return 'a name or key twice'
  if (error.tensor !== undefined && keyCount(file, error.tensor) > 1) return 'a name twice, one entry wrong'
  if (/must be an object$/.test(error.message) && file[error.offset ?? 0] === 0x5b)
    return 'an entry as an array'
  if (/found "\{", expected a string$/.test(error.message)) return 'a dtype as an object'
  return null
}

function keyCount(file: Uint8Array, name: string): number {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true))
  const reader = new JsonReader(file.subarray(8, 8 + length), { what: 'the header' })
  let count = 0
  reader.beginObject()
  while (reader.nextKey()) {
    if (reader.text() === name) count++
    reader.skipValue()
  }
  return count
}

function send(worker: ChildProcessByStdio<Writable, Readable, null>, files: readonly Uint8Array[]): void {
  for (const file of [...files, new Uint8Array(0)]) {
    const head = Buffer.alloc(4)
    head.writeUInt32LE(file.length)
    worker.stdin.write(head)
    worker.stdin.write(file)
  }
}

function same(a: readonly Entry[], b: readonly Entry[]): boolean {
  const text = (entries: readonly Entry[]) =>
    JSON.stringify([...entries].sort((x, y) => (x[0] < y[0] ? -1 : 1)))
  return text(a) === text(b)
}

const random = new Random(Number(seed))
const worker = spawn(python, ['scripts/differential/reference.py'], { stdio: ['pipe', 'pipe', 'inherit'] })
const answers = frames(worker.stdout)
const explained = new Map<string, number>()
const refusals = new Map<string, number>()
let accepted = 0
let unexplained = 0
const started = performance.now()

for (let done = 0; done < Number(cases); done += batchSize) {
  const files = Array.from({ length: batchSize }, () => makeFile(random)).filter((file) => file.length > 0)
  send(worker, files)
  for (const file of files) {
    const found = await ours(file)
    const { value } = await answers.next()
    if (value === undefined) throw new Error(`${python} with safetensors did not answer`)
    const expected = value === '' ? null : (JSON.parse(value) as readonly Entry[])
    if (found instanceof SdinspectError) {
      const why = expected === null ? null : deviation(found, file)
      if (why !== null) explained.set(why, (explained.get(why) ?? 0) + 1)
      if (expected === null || why !== null) {
        refusals.set(found.code, (refusals.get(found.code) ?? 0) + 1)
        continue
      }
    } else if (expected !== null && same(found, expected)) {
      accepted++
      continue
    }
    unexplained++
    const what = found instanceof SdinspectError ? `refused: ${found.message}` : JSON.stringify(found)
    console.log(
      `different: ${Buffer.from(file).toString('latin1')}\n  ours ${what}\n  reference ${value || 'refused'}`,
    )
    if (unexplained >= 20) process.exit(1)
  }
  // The empty frame that made the worker flush has an answer too.
  await answers.next()
}
worker.stdin.end()

console.log(
  `${cases} files, seed ${seed}, ${((performance.now() - started) / 1000).toFixed(1)} s: ${accepted} read the same by both`,
)
for (const [code, count] of refusals) console.log(`  ${count} refused: ${code}`)
for (const [why, count] of explained) console.log(`  ${count} published differences: ${why}`)
console.log(`${unexplained} other differences`)
process.exitCode = unexplained === 0 ? 0 : 1
