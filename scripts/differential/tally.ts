import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** What a comparison of one file or stream came to. */
export type Result =
  | 'same'
  | 'different'
  | 'told that it is not followed'
  | 'refused by both'
  | 'refused here only'
  | 'refused by torch only'

/** What all recorded runs came to: of streams and of files, by what a file is of. */
export type DifferentialRecords = Readonly<
  Record<string, Readonly<Record<string, Readonly<Partial<Record<Result, number>>>>>>
>

/** Counts what a run came to, says it, and adds it to a file of records. */
export class Tally {
  readonly #about: string
  readonly #seed: number
  readonly #counts = new Map<string, Map<Result, number>>()
  readonly #started = performance.now()

  constructor(about: 'streams' | 'files', seed: number) {
    this.#about = about
    this.#seed = seed
  }

  add(kind: string, result: Result): void {
    const counts = this.#counts.get(kind) ?? new Map<Result, number>()
    this.#counts.set(kind, counts)
    counts.set(result, (counts.get(result) ?? 0) + 1)
  }

  get different(): number {
    return [...this.#counts.values()].reduce((sum, counts) => sum + (counts.get('different') ?? 0), 0)
  }

  /** Prints, records as `--record[=FILE]` among the arguments says, and sets the exit code. */
  end(argv: readonly string[]): void {
    const seconds = ((performance.now() - this.#started) / 1_000).toFixed(1)
    const all = [...this.#counts.values()].reduce((sum, counts) => sum + total(counts.values()), 0)
    console.log(`${all} ${this.#about}, seed ${this.#seed}, ${seconds} s, ${this.different} different`)
    for (const [kind, counts] of this.#counts)
      for (const [result, number] of counts) console.log(`  ${kind}: ${number} ${result}`)
    for (const option of argv.filter((word) => word.startsWith('--record')))
      this.#record(option.slice('--record='.length) || 'docs/differential.json')
    process.exitCode = this.different === 0 ? 0 : 1
  }

  #record(file: string): void {
    const records = readDifferential(file)
    const before = records[this.#about] ?? {}
    const after = { ...before }
    for (const [kind, counts] of this.#counts) {
      const sums: Partial<Record<Result, number>> = { ...before[kind] }
      for (const [result, number] of counts) sums[result] = (sums[result] ?? 0) + number
      after[kind] = sums
    }
    writeFileSync(file, `${JSON.stringify({ ...records, [this.#about]: after }, null, 2)}\n`)
  }
}

export function readDifferential(file: string): DifferentialRecords {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as DifferentialRecords) : {}
}

function total(numbers: Iterable<number>): number {
  let sum = 0
  for (const number of numbers) sum += number
  return sum
}
