import { spawnSync } from 'node:child_process'

/** Processor time that a program takes, in seconds, of the best of several runs; null where nobody tells. */
export function processorSeconds(program: string, args: readonly string[], runs: number): number | null {
  const times: number[] = []
  for (let run = 0; run < runs; run++) {
    // `times` of the shell: of the shell itself, and of what it has run.
    const line = '"$0" "$@" && times'
    const { stdout, status } = spawnSync('sh', ['-c', line, program, ...args], { encoding: 'utf8' })
    const found = [...stdout.matchAll(/(\d+)m([\d.]+)s/g)].map(
      ([, minutes, seconds]) => 60 * Number(minutes) + Number(seconds),
    )
    if (status !== 0 || found.length < 4) return null
    times.push((found[2] as number) + (found[3] as number))
  }
  return Math.min(...times)
}
