// Time and memory as ratios within one run: npm run bench. Builds nothing: run npm run build first.
import { spawnSync } from 'node:child_process'
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { largeHeader } from '../../test/helpers/large-header.ts'
import { writeLargeTorchFile } from '../../test/helpers/large-torch-file.ts'
import { type Measured, measure, medians, node, type Program } from './measure.ts'

const bin = fileURLToPath(new URL('../bin/sdinspect.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'sdinspect-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const sdinspect = (...args: string[]) => node(bin, ...args)

const rows: string[][] = [['', 'time', 'ratio', 'peak memory', 'goal']]

/** A file of `tensors` tensors. Its data is a hole: nothing reads it. */
function checkpoint(tensors: number): string {
  const { header, dataBytes } = largeHeader(tensors)
  return write(`${tensors}.safetensors`, header, dataBytes)
}

function write(name: string, header: Uint8Array, dataBytes: number): string {
  const path = join(folder, name)
  const file = openSync(path, 'w')
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true)
  writeSync(file, length)
  writeSync(file, header)
  ftruncateSync(file, 8 + header.length + dataBytes)
  closeSync(file)
  return path
}

/** A header of the largest size allowed that no reader may accept, and its exit code. */
function hostile(name: string, unit: string): Program {
  const header = new TextEncoder().encode(unit.repeat(Math.floor(99_999_992 / unit.length)))
  return { ...sdinspect(write(`${name}.safetensors`, header, 0)), expected: 1 }
}

function row(title: string, { ms, peakBytes }: Measured, base: number | null, goal = ''): void {
  const peak = peakBytes === null ? '' : `${Math.round(peakBytes / 1e6)} MB`
  rows.push([title, `${ms.toFixed(0)} ms`, base === null ? '' : `${(ms / base).toFixed(2)} ×`, peak, goal])
}

function startUp(): void {
  const file = checkpoint(1_000)
  const programs = [node('-e', '0'), sdinspect('--version'), sdinspect(file), sdinspect('ls', file)]
  const titles = ['node -e 0', 'sdinspect --version', 'inspect, 1,000 tensors', 'ls, 1,000 tensors']
  const times = medians(programs, 21)
  const base = times[0] as number
  for (const [index, ms] of times.entries())
    row(titles[index] as string, { ms, peakBytes: null }, base, index === 2 ? '1.35 ×' : '')
}

/** The reader of the library alone, in a process of its own. */
function parse(file: string): Program {
  const library = (name: string) => JSON.stringify(new URL(`../dist/lib/${name}.js`, import.meta.url).href)
  const script = `const { fileSource } = await import(${library('node')})
    const { readSafetensors } = await import(${library('safetensors')})
    await readSafetensors(await fileSource(${JSON.stringify(file)}))`
  return node('--input-type=module', '-e', script)
}

function large(): void {
  const counts = [1_000, 100_000, 709_000]
  const bases = new Map<string, number>()
  for (const tensors of counts) {
    const file = checkpoint(tensors)
    const rounds = tensors > 100_000 ? 1 : 3
    row(
      `parse the header, ${tensors.toLocaleString('en')} tensors`,
      measure(parse(file), rounds, folder),
      null,
      tensors === 709_000 ? '3000 ms, 464 MB' : '',
    )
    for (const command of ['inspect', 'ls']) {
      const measured = measure(sdinspect(command, file), rounds, folder)
      row(`${command}, ${tensors.toLocaleString('en')} tensors`, measured, bases.get(command) ?? null)
      bases.set(command, measured.ms)
    }
    rmSync(file)
  }
}

function refusals(): void {
  const base = medians([node('-e', '0')], 5)[0] as number
  for (const [name, unit] of [
    ['arrays', '[[],'],
    ['repeated name', '{"x":0,'],
    ['depth', '{"a":'],
    ['spaces', ' '],
  ] as const)
    row(
      `refuse 100 MB of ${name}`,
      measure(hostile(name.replace(' ', '-'), unit), 3, folder),
      base,
      '100 ms over node',
    )
}

const listing = `
import sys
from safetensors import safe_open
with safe_open(sys.argv[1], "np") as file:
    for name in file.keys():
        part = file.get_slice(name)
        print(name, part.get_dtype(), part.get_shape(), sep="\\t")
`

function againstPython(): void {
  const python = process.env.SDINSPECT_PYTHON ?? 'python3'
  if (spawnSync(python, ['-c', 'import safetensors, numpy']).status !== 0) {
    rows.push([`${python} has no safetensors: not compared (set SDINSPECT_PYTHON)`, '', '', '', ''])
    return
  }
  const file = checkpoint(100_000)
  const [reference, ours] = medians(
    [{ command: python, args: ['-c', listing, file] }, sdinspect('ls', file)],
    5,
  )
  row('Python safetensors, list 100,000 tensors', { ms: reference as number, peakBytes: null }, null)
  row('sdinspect ls, 100,000 tensors', { ms: ours as number, peakBytes: null }, reference as number, '1 ×')
}

const loading = `
import sys
import torch
torch.load(sys.argv[1], mmap=True, weights_only=True)
`

/** 1 GB that is mostly holes, as torch.save writes 20,000 tensors. */
function torchFile(): void {
  const file = join(folder, 'large.pt')
  writeLargeTorchFile(file, 20_000, 12_500)
  const python = process.env.SDINSPECT_PYTHON ?? 'python3'
  const hasTorch = spawnSync(python, ['-c', 'import torch']).status === 0
  const base = hasTorch ? (medians([{ command: python, args: ['-c', loading, file] }], 3)[0] as number) : null
  if (base === null) rows.push([`${python} has no torch: not compared`, '', '', '', ''])
  else row('torch.load(mmap=True, weights_only=True)', { ms: base, peakBytes: null }, null)
  row('inspect, 1 GB .pt of 20,000 tensors', measure(sdinspect(file), 3, folder), base, '1 ×')
  rmSync(file)
}

rows.push(['start-up, against bare node', '', '', '', ''])
startUp()
rows.push(['growth, against the row of the same command before', '', '', '', ''])
large()
rows.push(['hostile headers, against bare node', '', '', '', ''])
refusals()
rows.push(['a list of 100,000 tensors, against the reference', '', '', '', ''])
againstPython()
rows.push(['a torch file, against torch', '', '', '', ''])
torchFile()
const widths = (rows[0] as string[]).map((_, column) =>
  Math.max(...rows.map((cells) => (cells[column] as string).length)),
)
for (const cells of rows) {
  const line = cells.map((cell, column) =>
    column === 0 || column === 4
      ? cell.padEnd(widths[column] as number)
      : cell.padStart(widths[column] as number),
  )
  process.stdout.write(`${line.join('  ').trimEnd()}\n`)
}
