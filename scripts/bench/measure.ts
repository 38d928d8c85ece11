import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { devNull } from 'node:os'
import { join } from 'node:path'

export interface Program {
  readonly command: string
  readonly args: readonly string[]
  /** The exit codes that say it did its work; 0 without any. */
  readonly expected?: readonly number[]
  /** What has to be done before each run and is not measured. */
  readonly before?: () => void
}

/** One run, or the mean of several: milliseconds from start to exit, and of processor. */
export interface Sample {
  readonly wall: number
  /** null where the system does not say: Windows. */
  readonly cpu: number | null
}

/** Runs by program, in the order of the rounds. */
export type Samples = readonly (readonly Sample[])[]

/**
 * Runs each program `rounds` times in turn, so that a change of the machine's mood meets all of them, after one turn
 * that is not counted.
 *
 * @param times runs a sample is the mean of: a shell tells milliseconds, and a start takes forty
 */
export function interleaved(programs: readonly Program[], rounds: number, times = 1): Samples {
  const samples: Sample[][] = programs.map(() => [])
  for (const program of programs) runOnce(program, 1)
  for (let round = 0; round < rounds; round++)
    for (const [index, program] of programs.entries()) samples[index]?.push(runOnce(program, times))
  return samples
}

// What was started for the loop is in the times, and nothing else is.
const loop = `TIMEFORMAT='%3R %3U %3S'
time for ((i = 0; i < BENCH_TIMES; i++)); do
  "$@" > /dev/null 2> "$BENCH_ERRORS"
  [[ $BENCH_EXPECTED = *" $? "* ]] || exit 9
done`

const hasBash = process.platform !== 'win32' && spawnSync('bash', ['-c', 'exit 0']).status === 0

function runOnce(program: Program, times: number): Sample {
  program.before?.()
  return hasBash ? timedByBash(program, times) : timedHere(program)
}

function timedByBash({ command, args, expected = [0] }: Program, times: number): Sample {
  const errors = join(process.env.BENCH_FOLDER ?? '.', 'errors')
  const result = spawnSync('bash', ['-c', loop, 'bench', command, ...args], {
    env: {
      ...process.env,
      BENCH_TIMES: String(times),
      BENCH_EXPECTED: ` ${expected.join(' ')} `,
      BENCH_ERRORS: errors,
      LC_ALL: 'C',
    },
    encoding: 'utf8',
  })
  const found = /(\d+\.\d+) (\d+\.\d+) (\d+\.\d+)\s*$/.exec(result.stderr)
  if (result.status !== 0 || found === null)
    throw new Error(
      `${command} ${args.join(' ')} did not exit with ${expected.join(' or ')}: ${readFileSync(errors, 'utf8')}`,
    )
  const [, wall, user, system] = found.map(Number) as [number, number, number, number]
  return { wall: (wall * 1000) / times, cpu: ((user + system) * 1000) / times }
}

function timedHere({ command, args, expected = [0] }: Program): Sample {
  const out = openSync(devNull, 'w')
  const start = performance.now()
  const { status, stderr, error } = spawnSync(command, args, {
    stdio: ['ignore', out, 'pipe'],
    encoding: 'utf8',
  })
  const wall = performance.now() - start
  closeSync(out)
  if (status === null || !expected.includes(status))
    throw new Error(`${command} ${args.join(' ')} exits with ${status}: ${stderr ?? error}`)
  return { wall, cpu: null }
}

/** Most memory a program of Node held, in bytes, from one more run. */
export function peakOf({ command, args, before }: Program, folder: string): number {
  const file = join(folder, 'peak')
  const peak = new URL('./bench/peak.mjs', import.meta.url).href
  before?.()
  spawnSync(command, ['--import', peak, ...args], {
    stdio: 'ignore',
    env: { ...process.env, SDINSPECT_BENCH_PEAK: file },
  })
  return Number(readFileSync(file, 'utf8'))
}
