import type { Checkpoint } from '../../src/model/checkpoint.ts'
import type { Report } from '../../src/model/report.ts'
import { type Level, levels } from '../../src/model/verdict.ts'
import { checkpointOf, type TrueModel, type View } from './truth.ts'

export type Classify = (checkpoint: Checkpoint) => Report | Promise<Report>

export interface Tally {
  entries: number
  wrong: number
}

/** An answer that is not the truth. */
export interface Miss {
  readonly library: string
  readonly model: string
  readonly view: View
  readonly name: string
  readonly question: 'kind' | 'trainable'
  readonly got: string
  readonly truth: string
  readonly level: Level
  readonly reason: string
}

/** How a classifier did on some models. */
export interface Score {
  models: number
  /** Models with at least one wrong kind. */
  wrongModels: number
  readonly kind: Record<Level, Tally>
  /** `unknown` is never wrong and is counted apart. */
  readonly trainable: Record<Level, Tally>
  unknownTrainable: number
  readonly misses: Miss[]
}

export function emptyScore(): Score {
  const tallies = () =>
    Object.fromEntries(levels.map((level) => [level, { entries: 0, wrong: 0 }])) as Record<Level, Tally>
  return {
    models: 0,
    wrongModels: 0,
    kind: tallies(),
    trainable: tallies(),
    unknownTrainable: 0,
    misses: [],
  }
}

/** Classifies one model from what `view` shows of it and adds the outcome to each of `scores`. */
export async function scoreModel(
  model: TrueModel,
  view: View,
  classify: Classify,
  scores: readonly Score[],
): Promise<void> {
  const report = await classify(checkpointOf(model, view))
  const answers = new Map(report.stateDicts.flatMap((dict) => dict.tensors).map((each) => [each.name, each]))
  const misses: Miss[] = []
  for (const entry of model.entries) {
    if (view === 'dropped' && entry.tie >= 0) continue
    const got = answers.get(entry.name)
    if (got === undefined) throw new Error(`${model.model}: no answer for ${entry.name}`)
    const about = { library: model.library, model: model.model, view, name: entry.name }
    const wrongKind = got.kind !== entry.kind
    if (wrongKind)
      misses.push({
        ...about,
        question: 'kind',
        got: got.kind,
        truth: entry.kind,
        level: got.kindLevel,
        reason: got.kindReason,
      })
    const trains = entry.requiresGrad ? 'yes' : 'no'
    const wrongTrainable = got.trainable !== 'unknown' && got.trainable !== trains
    if (wrongTrainable)
      misses.push({
        ...about,
        question: 'trainable',
        got: got.trainable,
        truth: trains,
        level: got.trainableLevel,
        reason: got.trainableReason,
      })
    for (const score of scores) {
      add(score.kind[got.kindLevel], wrongKind)
      if (got.trainable === 'unknown') score.unknownTrainable += 1
      else add(score.trainable[got.trainableLevel], wrongTrainable)
    }
  }
  for (const score of scores) {
    score.models += 1
    if (misses.some((miss) => miss.question === 'kind')) score.wrongModels += 1
    score.misses.push(...misses)
  }
}

function add(tally: Tally, wrong: boolean): void {
  tally.entries += 1
  if (wrong) tally.wrong += 1
}

/** All levels together. */
export function sum(tallies: Record<Level, Tally>): Tally {
  const total = { entries: 0, wrong: 0 }
  for (const level of levels) {
    total.entries += tallies[level].entries
    total.wrong += tallies[level].wrong
  }
  return total
}
