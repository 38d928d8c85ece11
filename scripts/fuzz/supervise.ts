import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { CountingCode } from './instrument.ts'
import type { Told, Work } from './worker.ts'

/** What fuzzing one target came to. */
export interface Outcome {
  readonly target: string
  readonly seconds: number
  readonly executions: number
  /** Inputs that are kept, each for something that no other runs. */
  readonly corpus: number
  readonly reached: readonly boolean[]
  readonly most: { readonly steps: number; readonly allocated: number }
  readonly finds: readonly Find[]
}

export interface Find {
  readonly target: string
  /** First line of what it broke. */
  readonly why: string
  /** Where the input was put. */
  readonly file: string
}

export interface Campaign {
  readonly made: CountingCode
  /** The code of the worker. */
  readonly worker: string
  /** Folder of corpora and finds. */
  readonly cache: string
  readonly seed: number
}

/** One input may run so long, however slow the machine: they are small. */
const mostSeconds = 120
const heapMegabytes = 400

/** Fuzzes one target in a thread that is ended, and begun again, when an input hangs it or takes its memory. */
export async function supervise(target: string, seconds: number, campaign: Campaign): Promise<Outcome> {
  const started = performance.now()
  const finds: Find[] = []
  const found = (input: Uint8Array, why: string): void => {
    const folder = join(campaign.cache, 'finds')
    mkdirSync(folder, { recursive: true })
    const file = join(folder, `${target}-${createHash('sha256').update(input).digest('hex').slice(0, 12)}`)
    writeFileSync(file, input)
    finds.push({ target, why, file })
  }
  let executions = 0
  let ended: Extract<Told, { kind: 'end' }> | undefined
  for (let attempt = 0; ended === undefined && attempt < 10; attempt++) {
    const left = seconds - (performance.now() - started) / 1_000
    const round = await oneRound(
      target,
      Math.max(1, left),
      { ...campaign, seed: campaign.seed + attempt },
      found,
    )
    executions += round.executions
    ended = round.ended
  }
  return {
    target,
    seconds: (performance.now() - started) / 1_000,
    executions,
    corpus: ended?.corpus ?? 0,
    reached: ended?.reached ?? [],
    most: ended?.most ?? { steps: 0, allocated: 0 },
    finds,
  }
}

interface Round {
  readonly executions: number
  readonly ended: Extract<Told, { kind: 'end' }> | undefined
}

function oneRound(
  target: string,
  seconds: number,
  { made, worker: code, cache, seed }: Campaign,
  found: (input: Uint8Array, why: string) => void,
): Promise<Round> {
  const shared = new SharedArrayBuffer(8 + (1 << 20))
  const counts = new Uint32Array(shared, 0, 2)
  const workerData: Work = { target, made, corpus: join(cache, 'corpus', target), seconds, seed, shared }
  const worker = new Worker(code, { workerData, resourceLimits: { maxOldGenerationSizeMb: heapMegabytes } })
  const current = (): Uint8Array => Uint8Array.from(new Uint8Array(shared, 8, counts[0]))
  return new Promise((resolve) => {
    let ended: Round['ended']
    let last = { executions: -1, at: performance.now() }
    const watching = setInterval(() => {
      const executions = counts[1] as number
      // Before the first, the code is loaded.
      if (executions === 0 || executions !== last.executions) last = { executions, at: performance.now() }
      else if (performance.now() - last.at > 1_000 * mostSeconds) {
        found(current(), `it did not end in ${mostSeconds} seconds`)
        void worker.terminate()
      }
    }, 1_000)
    worker.on('message', (told: Told) => {
      if (told.kind === 'find') found(told.input, told.why)
      else ended = told
    })
    // Out of memory, and what is thrown outside of a run.
    worker.on('error', (error) => found(current(), error.stack ?? String(error)))
    worker.on('exit', () => {
      clearInterval(watching)
      resolve({ executions: counts[1] as number, ended })
    })
  })
}
