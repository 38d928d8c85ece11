import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Program } from './measure.ts'
import type { Row } from './table.ts'

/** What a group of measurements is given. */
export interface Bench {
  /** A folder of its own for what it writes; removed in the end. */
  readonly folder: string
  /** Fewer rounds and smaller files. */
  readonly quick: boolean
  readonly peers: Peers
  /** A sentence below the table: what was not compared, and why. */
  note(text: string): void
}

/** One table of the answer. Register it in `main.ts`. */
export interface Group {
  readonly name: string
  readonly title: string
  /** What the ratios are of, as a sentence. */
  readonly against: string
  rows(bench: Bench): Row[]
}

const bin = fileURLToPath(new URL('../bin/sdinspect.js', import.meta.url))

export const node = (...args: string[]): Program => ({ command: process.execPath, args })
export const sdinspect = (...args: string[]): Program => node(bin, ...args)
/** The same on another Node. */
export const sdinspectOn = (command: string, ...args: string[]): Program => ({
  command,
  args: [bin, ...args],
})

/** Programs of others, where they are installed. */
export interface Peers {
  readonly python: string
  /** Versions by package: those of `safetensors` and `torch` that are there. */
  readonly packages: ReadonlyMap<string, string>
  readonly modelinfo: string | null
}

export function findPeers(python: string): Peers {
  const version = (name: string) => {
    const script = `import importlib.metadata, ${name}; print(importlib.metadata.version('${name}'))`
    const { status, stdout } = spawnSync(python, ['-c', script], { encoding: 'utf8' })
    return status === 0 ? stdout.trim() : null
  }
  const packages = new Map<string, string>()
  for (const name of ['safetensors', 'torch']) {
    const found = version(name)
    if (found !== null) packages.set(name, found)
  }
  const beside = join(dirname(python), 'modelinfo')
  const modelinfo = [beside, 'modelinfo'].find(
    (path) => (path !== beside || existsSync(path)) && spawnSync(path, ['--help']).status === 0,
  )
  return { python, packages, modelinfo: modelinfo ?? null }
}

const listing = `
import sys
from safetensors import safe_open
with safe_open(sys.argv[1], "np") as file:
    for name in file.keys():
        part = file.get_slice(name)
        print(name, part.get_dtype(), part.get_shape(), sep="\\t")
`

/** Python's safetensors listing a file; null, with a note, where it is not installed. */
export function pythonListing({ peers, note }: Bench, file: string): Program | null {
  if (peers.packages.has('safetensors')) return { command: peers.python, args: ['-c', listing, file] }
  note(`${peers.python} has no safetensors, so nothing is compared with it: give one that has with --python.`)
  return null
}

/** modelinfo-cli on a file; null, with a note, where it is not installed. */
export function modelinfoOf({ peers, note }: Bench, file: string): Program | null {
  if (peers.modelinfo !== null) return { command: peers.modelinfo, args: [file] }
  note('modelinfo-cli is not installed beside that Python, so nothing is compared with it.')
  return null
}
