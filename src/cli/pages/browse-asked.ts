import type { Asked } from '../../browse/browsed.ts'
import { SdinspectError } from '../../errors.ts'
import { type Evidence, evidenceOf } from '../../explain.ts'
import { bytesText } from '../../model/bytes-text.ts'
import type { StateDict } from '../../model/checkpoint.ts'
import type { Explanation } from '../../model/explanation.ts'
import { inspectionOf, withFields } from '../../model/inspection.ts'
import type { StateDictReport } from '../../model/report.ts'
import type { SaidOptions } from '../../model/statements.ts'
import type { TensorStatistics } from '../../model/values/statistics.ts'
import type { Values } from '../../model/values/values.ts'
import type { OpenCheckpoint } from '../../node.ts'
import { count } from '../../render/text.ts'
import { isFar } from '../library.ts'

/** What a checkpoint that stays open answers about its tensors. */
export class OpenAsked implements Asked {
  readonly #opened: OpenCheckpoint
  readonly #said: SaidOptions
  readonly #evidence = new Map<string, Evidence>()
  /** Values at a distance whose bytes were told once: asked for again, they are fetched. */
  readonly #told = new Set<string>()

  constructor(opened: OpenCheckpoint, said: SaidOptions) {
    this.#opened = opened
    this.#said = said
  }

  collect(path: string): void {
    const { checkpoint } = this.#opened
    if (!this.#evidence.has(path))
      this.#evidence.set(path, evidenceOf(checkpoint, this.#stateDict(path), this.#said))
  }

  explain(path: string, index: number): Explanation | null {
    const evidence = this.#evidence.get(path)
    const story = evidence?.stories[evidence.ids[index] as number]
    if (story === undefined) return null
    const { name, dtype, shape, representation } = inspectionOf(this.#report(path)).tensor(index)
    return { name, dtype, shape, ...(representation && { representation }), ...story }
  }

  placesOf(path: string, index: number): readonly string[] {
    const tensor = this.#stateDict(path).tensors.at(index)
    return tensor === undefined ? [] : placesOf(tensor.values)
  }

  async statistics(path: string, index: number, signal: AbortSignal): Promise<readonly TensorStatistics[]> {
    const report = this.#report(path)
    const inspection = inspectionOf(report)
    const bytes = inspection.table.bytes(index) ?? 0
    const key = `${index} ${path}`
    if (isFar(this.#opened.report) && !this.#told.has(key)) {
      this.#told.add(key)
      throw new SdinspectError('usage/arguments', `press v again to fetch ${bytesText(bytes)}`)
    }
    const of = withFields(report, {}, inspection.pick(Uint32Array.of(index)))
    const { tensors, coverage } = await this.#opened.statistics({ of, signal })
    const [uncovered] = coverage.uncovered
    if (tensors.length === 0 && uncovered !== undefined)
      throw new SdinspectError('usage/no-values', uncovered.reason)
    return tensors
  }

  #report(path: string): StateDictReport {
    return found(this.#opened.report.stateDicts, path)
  }

  #stateDict(path: string): StateDict {
    return found(this.#opened.checkpoint.stateDicts, path)
  }
}

function found<T extends { readonly path: string }>(all: readonly T[], path: string): T {
  const one = all.find((each) => each.path === path)
  if (one === undefined) throw new Error(`there is no state dict ${JSON.stringify(path)}`)
  return one
}

/** Chunks that are told one by one. */
const mostPlaces = 4

function placesOf(values: Values | string): readonly string[] {
  if (typeof values === 'string') return [`no values here: ${values}`]
  const { chunks } = values
  const places = chunks.slice(0, mostPlaces).map(({ file, offset, length, layers }) => {
    const packed = layers === undefined || layers.length === 0 ? '' : ', within an archive or packed'
    return `${file}: ${count(length)} bytes from ${count(offset)}${packed}`
  })
  return chunks.length > mostPlaces ? [...places, `and ${chunks.length - mostPlaces} more places`] : places
}
