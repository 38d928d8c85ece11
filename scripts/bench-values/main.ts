// npm run bench:values [-- --python PATH] [--bytes N]: what statistics of values cost, beside NumPy and torch, as ratios of
// processor time within one run. Prints Markdown.
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { open } from '../../src/node.ts'

const argument = (name: string, fallback: string): string => {
  const at = process.argv.indexOf(name)
  return at < 0 ? fallback : (process.argv[at + 1] ?? fallback)
}
const python = argument('--python', 'python3')
const bytes = Number(argument('--bytes', String(2 ** 31)))

/** Of the peers, on one thread: GB/s of processor time, by what is computed. */
interface Peer {
  readonly name: string
  readonly rates: Readonly<Record<string, number>>
}

const folder = mkdtempSync(join(tmpdir(), 'sdinspect-bench-values-'))
try {
  process.stdout.write(
    `| values | what | sdinspect, GB/s | bar | peers: times as fast |\n|---|---|---:|---|---|\n`,
  )
  for (const dtype of ['F32', 'BF16'] as const) {
    const path = join(folder, `${dtype}.safetensors`)
    writeNormal(path, dtype)
    const peers = peersOf(path)
    for (const [extent, bar] of [
      ['full', '20 x'],
      ['basic', dtype === 'F32' ? '3 x NumPy' : '8 x NumPy'],
    ] as const) {
      const own = await rateOf(path, extent)
      const others = peers.map(
        ({ name, rates }) => `${name} ${(own / (rates[extent] ?? Number.NaN)).toFixed(1)}`,
      )
      process.stdout.write(
        `| ${dtype} | ${extent} | ${own.toFixed(2)} | ${bar} | ${others.join(', ') || 'no peer'} |\n`,
      )
    }
    rmSync(path)
  }
} finally {
  rmSync(folder, { recursive: true })
}

async function rateOf(path: string, extent: 'full' | 'basic'): Promise<number> {
  const checkpoint = await open(path)
  const seconds: number[] = []
  for (let run = 0; run < 3; run++) {
    const before = process.cpuUsage()
    await checkpoint.statistics({ extent })
    const { user, system } = process.cpuUsage(before)
    seconds.push((user + system) / 1e6)
  }
  await checkpoint.close()
  return bytes / Math.min(...seconds) / 1e9
}

/** NumPy and torch where Python has them; who is missing is said on standard error. */
function peersOf(path: string): Peer[] {
  try {
    const script = fileURLToPath(new URL('../scripts/bench-values/peers.py', import.meta.url))
    const { peers, missing } = JSON.parse(execFileSync(python, [script, path], { encoding: 'utf8' }))
    for (const name of missing) process.stderr.write(`not installed, not compared: ${name}\n`)
    return peers
  } catch (error) {
    process.stderr.write(`no peers: ${(error as Error).message.split('\n')[0]}\n`)
    return []
  }
}

/** A file of 16 tensors of normal numbers. */
function writeNormal(path: string, dtype: 'F32' | 'BF16'): void {
  const width = dtype === 'F32' ? 4 : 2
  const count = 16
  const each = Math.floor(bytes / count / width) * width
  const header = Buffer.from(
    JSON.stringify(
      Object.fromEntries(
        Array.from({ length: count }, (_, i) => [
          `layers.${i}.weight`,
          { dtype, shape: [each / width], data_offsets: [i * each, (i + 1) * each] },
        ]),
      ),
    ),
  )
  const file = openSync(path, 'w')
  writeSync(file, Buffer.from(BigUint64Array.of(BigInt(header.length)).buffer))
  writeSync(file, header)
  const numbers = Float32Array.from({ length: 1 << 20 }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - Math.random()))
    return 0.02 * radius * Math.cos(2 * Math.PI * Math.random())
  })
  const words = new Uint32Array(numbers.buffer)
  const piece =
    dtype === 'F32'
      ? Buffer.from(numbers.buffer)
      : Buffer.from(Uint16Array.from(words, (word) => word >>> 16).buffer)
  for (let left = each * count; left > 0; left -= piece.length)
    writeSync(file, piece, 0, Math.min(left, piece.length))
  closeSync(file)
}
