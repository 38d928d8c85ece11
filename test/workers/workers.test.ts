import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs, { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { digestValues, type OpenCheckpoint, open, type StartedWorkers, startWorkers } from '../../src/node.ts'
import { type DistanceSide, valueDistances } from '../../src/value-distances.ts'
import { readValues, readValuesPart } from '../../src/values/read-values.ts'
import { packedFixture } from '../helpers/packed-fixture.ts'

// Values that other threads read come to what they come to in this one, to the byte.

const folder = mkdtempSync(join(tmpdir(), 'sdinspect-workers-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const bin = fileURLToPath(new URL('../../bin/sdinspect.js', import.meta.url))
const built = fileURLToPath(new URL('../../dist/sdinspect-worker.js', import.meta.url))

/** As few as a cut can be. */
const pieceBytes = 1

const files = {
  cases: packedFixture('fixtures/statistics/cases.safetensors'),
  weights: packedFixture('fixtures/dequantised/weights.safetensors'),
}
const fixtures = [
  files.cases,
  files.weights,
  'fixtures/statistics/complex.pt',
  'fixtures/vit-bf16.safetensors',
  'fixtures/gpt2-sharded',
  'fixtures/torch/dcp',
  packedFixture('fixtures/torch/legacy.pth'),
  'fixtures/torch/module.pt',
  'fixtures/values/bits.pt',
  'fixtures/values/dcp',
  'fixtures/hdf5/odd.h5',
  'fixtures/numpy/compressed.npz',
  'fixtures/gguf/blocks.gguf',
  'fixtures/gguf/big-endian.gguf',
]

/** What values come to, as text, in which no number is rounded. */
async function everything(opened: OpenCheckpoint, workers: StartedWorkers | undefined): Promise<string> {
  const stateDicts = []
  for (const { path } of opened.report.stateDicts) {
    const at = { stateDict: path, workers, dequantised: true }
    stateDicts.push({
      full: await opened.statistics(at),
      sample: await opened.statistics({ ...at, extent: 'basic', sampleBytes: 40_000 }),
      part: await opened.statisticsPart({ index: 2, of: 3 }, at),
      digest: await digestValues(opened, at).catch(String),
    })
  }
  const reading = { extent: 'full', workers, isKept: () => true } as const
  const values = await readValues(opened, reading)
  const part = await readValuesPart(opened, { index: 1, of: 2 }, reading)
  return text({ stateDicts, values, part })
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, each) =>
    typeof each === 'bigint' ? `${each}n` : each instanceof Map ? [...each] : each,
  )
}

/** Where two long texts begin to differ. */
function difference(a: string, b: string): readonly [string, string] | null {
  if (a === b) return null
  let at = 0
  while (a[at] === b[at]) at++
  const from = Math.max(0, at - 200)
  return [a.slice(from, at + 60), b.slice(from, at + 60)]
}

async function withWorkers<T>(
  count: number,
  use: (workers: StartedWorkers | undefined) => Promise<T>,
  file = built,
): Promise<T> {
  const workers = await startWorkers(count, { pieceBytes, file })
  try {
    return await use(workers ?? undefined)
  } finally {
    await workers?.close()
  }
}

/** A file for threads that does something before what they run. */
function workerThat(name: string, first: string): string {
  const file = join(folder, `${name}.js`)
  writeFileSync(file, `${first}\nrequire(${JSON.stringify(built)})\n`)
  return file
}

/** Without workers, and with so many. */
async function both(path: string, count: number, file?: string): Promise<[string, string]> {
  const opened = await open(path)
  try {
    return [
      await everything(opened, undefined),
      await withWorkers(count, (workers) => everything(opened, workers), file),
    ]
  } finally {
    await opened.close()
  }
}

describe.each([1, 2, 3])('with %s workers', (count) => {
  it.each(fixtures)('%s comes to the same', async (path) => {
    const [alone, together] = await both(path, count)
    expect(difference(alone, together)).toBeNull()
  })
})

it('cuts tensors among workers, which do all of it', async () => {
  const opened = await open(files.cases)
  const workers = (await startWorkers(2, { pieceBytes, file: built })) as StartedWorkers
  let slices = 0
  const counted: StartedWorkers = {
    count: 2,
    pieceBytes,
    close: () => workers.close(),
    run: async (task, ...rest) => {
      const result = await workers.run(task, ...rest)
      if (result !== null && task.kind === 'statistics') slices += task.slices.length
      return result
    },
  }
  const { coverage } = await opened.statistics({ workers: counted })
  expect(coverage.state).toBe('complete')
  expect(slices).toBeGreaterThan(opened.tensors.length)
  await counted.close()
  await opened.close()
})

it('two checkpoints are as far apart as without workers', async () => {
  const [a, b] = [await open(files.cases), await open('fixtures/vit-bf16.safetensors')]
  const sides = [a, b].map((opened) => ({ opened, stateDict: '' })) as [DistanceSide, DistanceSide]
  const same = a.tensors.map(({ name }) => ({ a: name, b: name }))
  const sizes = new Map(b.tensors.map(({ name, elements }) => [elements, name]))
  const other = b.tensors.map(({ name, elements }) => ({ a: name, b: sizes.get(elements) as string }))
  for (const [left, right, pairs] of [
    [sides[0], sides[0], same],
    [sides[1], sides[1], other],
  ] as const) {
    const here = text(await valueDistances(left, right, pairs))
    const there = await withWorkers(2, (workers) => valueDistances(left, right, pairs, { workers }))
    expect(difference(here, text(there))).toBeNull()
    expect(there.size).toBeGreaterThan(20)
  }
  await a.close()
  await b.close()
})

it('a read that fails in a worker fails as it does here, and only what it is of', async () => {
  // A disk with a bad block, in the middle of a large tensor.
  const bad = 200_000
  const patch = `const fs = require('node:fs')
const readSync = fs.readSync
fs.readSync = (file, bytes, offset, length, at) => {
  if (at <= ${bad} && at + length > ${bad}) throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', syscall: 'read' })
  return readSync(file, bytes, offset, length, at)
}`
  const opened = await open(files.cases)
  const { readSync } = fs
  try {
    const patched = workerThat('bad-block', patch)
    const there = await withWorkers(2, (workers) => opened.statistics({ workers }), patched)
    new Function('require', patch)(() => fs)
    syncBuiltinESMExports()
    const here = await opened.statistics()
    expect(text(there)).toBe(text(here))
    expect(here.coverage.state).toBe('partial')
    expect(here.coverage.uncovered.map(({ code }) => code)).toEqual(['source/io'])
    expect(here.tensors.length).toBeGreaterThan(3)
    await expect(withWorkers(2, (workers) => digestValues(opened, { workers }), patched)).rejects.toThrow(
      expect.objectContaining({ code: 'source/io' }),
    )
  } finally {
    fs.readSync = readSync
    syncBuiltinESMExports()
    await opened.close()
  }
})

it.each([
  [
    'is killed at its second task',
    "let n = 0; require('node:worker_threads').parentPort.on('message', () => { if (++n === 2) process.exit(1) })",
  ],
  [
    'has no memory left',
    "require('node:worker_threads').parentPort.on('message', () => { const all = []; for (;;) all.push(new Array(1e6).fill({})) })",
  ],
  ['does not begin', "throw new Error('no')"],
  [
    'is of another version',
    "require('node:worker_threads').parentPort.postMessage({ kind: 'ready', version: '0.0.0' })",
  ],
])('a worker that %s loses nothing', async (name, first) => {
  const [alone, together] = await both(files.cases, 2, workerThat(name, first))
  expect(difference(alone, together)).toBeNull()
})

it('ends at once when it is told to, and leaves no file open', async () => {
  const path = join(folder, 'large.safetensors')
  const bytes = 24 * 2 ** 30
  const header = JSON.stringify({ w: { dtype: 'F32', shape: [bytes / 4], data_offsets: [0, bytes] } }).padEnd(
    80,
  )
  const size = Buffer.alloc(8)
  size.writeUInt32LE(80)
  writeFileSync(path, Buffer.concat([size, Buffer.from(header)]))
  fs.truncateSync(path, 88 + bytes)
  const opened = await open(path)
  const controller = new AbortController()
  const reason = new Error('enough')
  let seen = 0
  await withWorkers(2, async (workers) => {
    const working = opened.statistics({ workers, signal: controller.signal })
    while (seen++ < 3) await new Promise((resolve) => setTimeout(resolve, 50))
    controller.abort(reason)
    await expect(working).rejects.toBe(reason)
    await expect(digestValues(opened, { workers, signal: controller.signal })).rejects.toBe(reason)
    // Nobody reads any more: the number of the file may be that of another now.
    await opened.close()
  })
})

it('Ctrl-C ends the command and its threads', async () => {
  const path = join(folder, 'large.safetensors')
  const child = spawn(process.execPath, [bin, 'stats', path, '--workers', '2'], { stdio: 'ignore' })
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  child.kill('SIGINT')
  const [code, signal] = await once(child, 'exit')
  // What a shell shows as 130 is a death by SIGINT.
  expect(code ?? signal).toBe('SIGINT')
})

it('none are where the file for them is not', async () => {
  expect(await startWorkers(0)).toBeNull()
})
