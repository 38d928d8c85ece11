import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { devNull } from 'node:os'
import { join } from 'node:path'

export interface Program {
  readonly command: string
  readonly args: readonly string[]
  /** The exit code that says it did its work. */
  readonly expected?: number
}

export interface Measured {
  /** Median wall time from start to exit. */
  readonly ms: number
  /** Most memory the process held; null where it cannot say. */
  readonly peakBytes: number | null
}

export const node = (...args: string[]): Program => ({ command: process.execPath, args })

/** Runs each program `rounds` times in turn, so that a change of the machine's mood meets all of them. */
export function medians(programs: readonly Program[], rounds: number): number[] {
  const times: number[][] = programs.map(() => [])
  for (let round = 0; round < rounds; round++)
    for (const [index, program] of programs.entries()) times[index]?.push(timeOf(program))
  return times.map((all) => all.sort((a, b) => a - b)[all.length >> 1] as number)
}

/** One program alone: median of `rounds`, and its peak memory from one more run. */
export function measure(program: Program, rounds: number, folder: string): Measured {
  const [ms] = medians([program], rounds)
  return {
    ms: ms as number,
    peakBytes: program.command === process.execPath ? peakOf(program, folder) : null,
  }
}

function peakOf(program: Program, folder: string): number {
  const file = join(folder, 'peak')
  const peak = new URL('./bench/peak.mjs', import.meta.url).href
  timeOf({ ...program, args: ['--import', peak, ...program.args] }, { SDINSPECT_BENCH_PEAK: file })
  return Number(readFileSync(file, 'utf8'))
}

function timeOf({ command, args, expected = 0 }: Program, env: Record<string, string> = {}): number {
  // The answer goes to the null device: what is measured is the tool and not the terminal.
  const out = openSync(devNull, 'w')
  const start = performance.now()
  const result = spawnSync(command, args, {
    stdio: ['ignore', out, 'pipe'],
    env: { ...process.env, ...env },
    encoding: 'utf8',
  })
  const ms = performance.now() - start
  closeSync(out)
  if (result.status !== expected)
    throw new Error(
      `${command} ${args.join(' ')} exits with ${result.status}: ${result.stderr ?? result.error}`,
    )
  return ms
}
