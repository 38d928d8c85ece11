// npm run bench:values [-- --python PATH] [--bytes N]: what statistics and digests of values cost, beside NumPy, torch, weightlens,
// `cat` and hashing memory, as ratios of processor time within one run. Prints Markdown.
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { availableParallelism, cpus, freemem, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { digestValues, type OpenCheckpoint, open, startWorkers } from '../../src/node.ts'
import { processorSeconds } from './processor-seconds.ts'

const argument = (name: string, fallback: string): string => {
  const at = process.argv.indexOf(name)
  return at < 0 ? fallback : (process.argv[at + 1] ?? fallback)
}
const python = argument('--python', 'python3')
/** 2 GB where they stay in the page cache. */
const bytes = Number(argument('--bytes', String(freemem() > 8e9 ? 2 ** 31 : 2 ** 28)))
const runs = Number(argument('--runs', '3'))

/** Of the peers, on one thread: GB/s of processor time, by what is computed. */
interface Peer {
  readonly name: string
  readonly rates: Readonly<Record<string, number>>
}

/** GB/s, of the best of several runs. */
interface Rate {
  /** Of processor time, of all threads. */
  readonly processor: number
  readonly wall: number
}

const out = (line: string): void => void process.stdout.write(`${line}\n`)
const load = (): string =>
  loadavg()
    .map((each) => each.toFixed(1))
    .join(', ')
const folder = mkdtempSync(join(tmpdir(), 'sdinspect-bench-values-'))
try {
  out(
    `${(bytes / 1e9).toFixed(2)} GB a file · ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores · Node ${process.versions.node} · load ${load()} before`,
  )
  out('\n| values | what | sdinspect, GB/s | beside | times as fast | bar |\n|---|---|---:|---|---:|---:|')
  for (const dtype of ['F32', 'BF16'] as const) {
    const path = join(folder, `${dtype}.safetensors`)
    writeNormal(path, dtype)
    const checkpoint = await open(path)
    await statisticsRows(dtype, path, checkpoint)
    if (dtype === 'F32') await digestRows(checkpoint)
    await scalingRows(dtype, checkpoint)
    await checkpoint.close()
    rmSync(path)
  }
  out(`\nload ${load()} after`)
} finally {
  rmSync(folder, { recursive: true })
}

function row(
  values: string,
  what: string,
  own: number,
  { beside, ratio, bar }: { readonly beside: string; readonly ratio: number; readonly bar: number | null },
): void {
  const times = Number.isFinite(ratio) ? ratio.toFixed(2) : 'not measured'
  out(`| ${values} | ${what} | ${own.toFixed(2)} | ${beside} | ${times} | ${bar ?? ''} |`)
}

async function statisticsRows(
  dtype: 'F32' | 'BF16',
  path: string,
  checkpoint: OpenCheckpoint,
): Promise<void> {
  const full = await rateOf(() => checkpoint.statistics({ extent: 'full' }))
  const basic = await rateOf(() => checkpoint.statistics({ extent: 'basic' }))
  for (const { name, rates } of peersOf(path)) {
    const [ofFull, ofBasic] = [rates.full ?? Number.NaN, rates.basic ?? Number.NaN]
    const isLens = name.startsWith('weightlens')
    row(dtype, 'full', full.processor, {
      beside: name,
      ratio: full.processor / ofFull,
      bar: isLens ? 10 : 20,
    })
    if (isLens) continue
    const bar = name.startsWith('NumPy') ? (dtype === 'F32' ? 3 : 8) : null
    row(dtype, 'the plain five', basic.processor, { beside: name, ratio: basic.processor / ofBasic, bar })
  }
  const cat = processorSeconds('sh', ['-c', `cat '${path}' > /dev/null`], runs)
  const range = await rateOf(() => checkpoint.statistics({ extent: 'range' }))
  row(dtype, 'NaN, Inf, zeros, least and greatest', range.processor, {
    beside: '`cat file > /dev/null`',
    ratio: cat === null ? Number.NaN : range.processor / (bytes / 1e9 / cat),
    bar: 0.5,
  })
}

async function digestRows(checkpoint: OpenCheckpoint): Promise<void> {
  const memory = randomBytes(Math.min(bytes, 2 ** 28))
  const hashing = await rateOf(() => void createHash('sha256').update(memory).digest(), memory.length)
  const file = await rateOf(() => digestValues(checkpoint))
  const beside = 'SHA-256 of memory, in Node'
  row('F32', 'digest, from the page cache', file.processor, {
    beside,
    ratio: file.processor / hashing.processor,
    bar: 0.8,
  })
}

/** Twice the threads are to do it in little more than half the time; on a crowded machine processor time says what they could. */
async function scalingRows(dtype: string, checkpoint: OpenCheckpoint): Promise<void> {
  const file = fileURLToPath(new URL('../dist/sdinspect-worker.js', import.meta.url))
  const [one, two] = [await startWorkers(1, { file }), await startWorkers(2, { file })]
  if (one === null || two === null)
    return out(`| ${dtype} | 1 to 2 workers | | no workers: run npm run build |||`)
  for (const [what, work] of [
    ['full', (workers: typeof one) => checkpoint.statistics({ workers })],
    ['digest', (workers: typeof one) => digestValues(checkpoint, { workers })],
  ] as const) {
    const alone = await rateOf(() => work(one))
    const both = await rateOf(() => work(two))
    row(dtype, `${what}, 2 workers, wall time`, both.wall, {
      beside: '1 worker',
      ratio: both.wall / alone.wall,
      bar: 1.7,
    })
    row(dtype, `${what}, 2 workers, by processor time`, 2 * both.processor, {
      beside: '1 worker',
      ratio: (2 * both.processor) / alone.processor,
      bar: 1.7,
    })
  }
  await one.close()
  await two.close()
}

async function rateOf(work: () => unknown, size = bytes): Promise<Rate> {
  const seconds: number[] = []
  const walls: number[] = []
  for (let run = 0; run < runs; run++) {
    const [before, begun] = [process.cpuUsage(), performance.now()]
    await work()
    const { user, system } = process.cpuUsage(before)
    seconds.push((user + system) / 1e6)
    walls.push((performance.now() - begun) / 1e3)
  }
  return { processor: size / Math.min(...seconds) / 1e9, wall: size / Math.min(...walls) / 1e9 }
}

/** NumPy, torch and weightlens where Python has them; who is missing is said on standard error. */
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
  const columns = 4_096
  const rows = Math.floor(bytes / count / width / columns)
  const each = rows * columns * width
  const header = Buffer.from(
    JSON.stringify(
      Object.fromEntries(
        Array.from({ length: count }, (_, i) => [
          `layers.${i}.weight`,
          { dtype, shape: [rows, columns], data_offsets: [i * each, (i + 1) * each] },
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
