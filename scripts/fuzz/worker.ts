import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { Random } from '../differential/random.ts'
import { bounds } from './bounds.ts'
import type { allocation as Allocation } from './counted-arrays.ts'
import { Counters } from './counters.ts'
import type { CountingCode } from './instrument.ts'
import { seedsOf } from './seeds.ts'
import type { Target } from './target.ts'

/** What a worker is given. */
export interface Work {
  readonly target: string
  readonly made: CountingCode
  /** Folder of the inputs that were new, kept from run to run. */
  readonly corpus: string
  readonly seconds: number
  readonly seed: number
  /** A length of four bytes and the input that runs, for who has to end it; then how many have run. */
  readonly shared: SharedArrayBuffer
}

/** What a worker tells: that an input broke something, and what all came to. */
export type Told =
  | { readonly kind: 'find'; readonly input: Uint8Array; readonly why: string }
  | {
      readonly kind: 'end'
      readonly executions: number
      readonly reached: readonly boolean[]
      readonly corpus: number
      readonly most: Most
    }

/** The most that an input took of what is bounded, for each of its bytes. */
export interface Most {
  readonly steps: number
  readonly allocated: number
}

/** jsfuzz, build/src/corpus.js: what makes inputs of others. */
interface Corpus {
  inputs: Buffer[]
  maxInputSize: number
  mutate(input: Buffer): Buffer
}

const require = createRequire(join(process.cwd(), 'package.json'))
const { target: name, made, corpus: folder, seconds, seed, shared } = workerData as Work
const most = { steps: 0, allocated: 0 }

const counters = new Counters(made)
const loaded = { exports: {} as { targets: readonly Target[]; allocation: typeof Allocation } }
new Function('module', 'exports', 'require', made.code)(loaded, loaded.exports, require)
const { targets, allocation } = loaded.exports
const target = targets.find((one) => one.name === name) as Target

const random = new Random(seed)
// jsfuzz asks it for every change: a seed repeats a run.
Math.random = () => random.below(2 ** 32) / 2 ** 32
const { Corpus: JsfuzzCorpus } = require('jsfuzz/build/src/corpus.js') as {
  Corpus: new (folders: string[], onlyAscii: boolean) => Corpus
}
const corpus = new JsfuzzCorpus([], false)
corpus.maxInputSize = 16_384
mkdirSync(folder, { recursive: true })

const length = new Uint32Array(shared, 0, 2)
const running = new Uint8Array(shared, 8)
const told = new Set<string>()
let executions = 0

async function run(input: Buffer): Promise<void> {
  running.set(input)
  length[0] = input.length
  counters.begin()
  allocation.bytes = 0
  const bytes = bounds.ownBytes + input.length
  allocation.most = bounds.allocated * bytes
  let why: string | null = null
  try {
    await target.run(input)
  } catch (error) {
    why = error instanceof Error ? (error.stack ?? String(error)) : String(error)
  }
  const allocated = allocation.bytes
  allocation.most = Number.POSITIVE_INFINITY
  const { steps, isNew } = counters.end()
  executions++
  length[1] = executions
  most.steps = Math.max(most.steps, steps / bytes)
  most.allocated = Math.max(most.allocated, allocated / bytes)
  if (steps > bounds.steps * bytes)
    why ??= `${steps} steps for ${input.length} bytes, over ${bounds.steps} for each and for ${bounds.ownBytes} more`
  if (why !== null) tell(input, why)
  else if (isNew) keep(input)
}

function tell(input: Buffer, why: string): void {
  // The same fault in the same place is told once.
  const key = why
    .replaceAll(/\d+/g, '0')
    .replaceAll(/"[^"]*"/g, '')
    .slice(0, 300)
  if (told.has(key) || told.size > 20) return
  told.add(key)
  parentPort?.postMessage({ kind: 'find', input: Uint8Array.from(input), why } satisfies Told)
}

function keep(input: Buffer): void {
  corpus.inputs.push(Buffer.from(input))
  const file = join(folder, createHash('sha256').update(input).digest('hex').slice(0, 24))
  if (!existsSync(file)) writeFileSync(file, input)
}

const end = performance.now() + 1_000 * seconds
const first = [...seedsOf(target), ...readdirSync(folder).map((file) => readFileSync(join(folder, file)))]
for (const input of first) await run(Buffer.from(input))
while (performance.now() < end) {
  const before = corpus.inputs[random.below(corpus.inputs.length)] ?? Buffer.from([0])
  await run(corpus.mutate(before))
}
parentPort?.postMessage({
  kind: 'end',
  executions,
  reached: counters.reached,
  corpus: corpus.inputs.length,
  most,
} satisfies Told)
