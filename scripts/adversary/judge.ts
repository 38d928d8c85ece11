import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isSdinspectError } from '../../src/errors.ts'
import { readCheckpoint } from '../../src/formats/read-checkpoint.ts'
import { inspectCheckpoint } from '../../src/inspect.ts'
import { defaultLimits } from '../../src/limits.ts'
import type { StateDictReport } from '../../src/model/report.ts'
import { type Level, levels } from '../../src/model/verdict.ts'
import { memorySource } from '../../src/source/memory.ts'

/** A file of `generate.py`, and what is true of it. */
export interface AdversaryCase {
  readonly seed: number
  readonly offset: number
  readonly length: number
  /** What was done with the model, for a person who looks at a wrong answer. */
  readonly story: readonly string[]
  /** State dict path to name to kind and `requires_grad`; `*` for the only state dict of a file, wherever it is. */
  readonly truth: Readonly<Record<string, Readonly<Record<string, readonly [string, boolean]>>>>
}

/** An answer that is not true. */
export interface WrongAnswer {
  readonly seed: number
  readonly question: 'kind' | 'trainable'
  readonly level: Level
  readonly text: string
}

export class Score {
  models = 0
  unread = 0
  readonly answers = new Map<string, { count: number; wrong: number }>()
  readonly wrong: WrongAnswer[] = []

  add(question: 'kind' | 'trainable', level: Level, isWrong: boolean): void {
    const key = `${question} ${level}`
    const cell = this.answers.get(key) ?? { count: 0, wrong: 0 }
    cell.count++
    if (isWrong) cell.wrong++
    this.answers.set(key, cell)
  }

  /** Lines of a table: question, level, answers, wrong. */
  *table(): Iterable<string> {
    yield `${this.models} models, ${this.unread} not read`
    for (const question of ['kind', 'trainable'])
      for (const level of levels) {
        const { count, wrong } = this.answers.get(`${question} ${level}`) ?? { count: 0, wrong: 0 }
        yield `${question.padEnd(10)} ${level.padEnd(11)} ${String(count).padStart(9)} answers ${String(wrong).padStart(7)} wrong`
      }
  }
}

/** The cases of a folder that `generate.py` wrote. */
export function casesOf(folder: string): Iterable<readonly [AdversaryCase, Uint8Array]> {
  return casesIn(readFileSync(join(folder, 'truth.jsonl'), 'utf8'), readFileSync(join(folder, 'files.bin')))
}

/** The same, given the lines of `truth.jsonl` and the bytes of `files.bin`. */
export function* casesIn(truth: string, files: Uint8Array): Iterable<readonly [AdversaryCase, Uint8Array]> {
  for (const line of truth.split('\n')) {
    if (line === '') continue
    const one = JSON.parse(line) as AdversaryCase
    yield [one, new Uint8Array(files.subarray(one.offset, one.offset + one.length))]
  }
}

/** Holds every answer about one file to what is true of it. */
export async function judge(one: AdversaryCase, bytes: Uint8Array, score: Score): Promise<void> {
  score.models++
  let stateDicts: readonly StateDictReport[]
  try {
    const checkpoint = await readCheckpoint(memorySource(bytes, 'model.pt'), { limits: defaultLimits })
    stateDicts = inspectCheckpoint(checkpoint, { path: 'model.pt' }).stateDicts
  } catch (error) {
    if (!isSdinspectError(error)) throw error
    score.unread++
    return
  }
  for (const [path, truth] of Object.entries(one.truth)) {
    const stateDict =
      path === '*'
        ? stateDicts.find(({ role }) => role === 'model')
        : stateDicts.find((candidate) => candidate.path === path)
    if (stateDict !== undefined) judgeStateDict(one, new Map(Object.entries(truth)), stateDict, score)
  }
}

function judgeStateDict(
  { seed, story }: AdversaryCase,
  truth: ReadonlyMap<string, readonly [string, boolean]>,
  stateDict: StateDictReport,
  score: Score,
): void {
  for (const tensor of stateDict.tensors) {
    const known = truth.get(tensor.name)
    if (known === undefined) continue
    const [kind, trains] = known
    // A tensor that no module registered has no kind: any answer but a strong one will do.
    const kindWrong = tensor.kind !== kind
    score.add('kind', tensor.kindLevel, kindWrong)
    const note = (question: 'kind' | 'trainable', level: Level, answer: string, reason: string) =>
      score.wrong.push({
        seed,
        question,
        level,
        text: `${tensor.name}: ${answer}, true is ${kind}${trains ? ' that trains' : ''} (${reason}) [${story.join('; ')}]`,
      })
    if (kindWrong) note('kind', tensor.kindLevel, tensor.kind, tensor.kindReason)
    if (tensor.trainable === 'unknown') continue
    const trainsWrong = (tensor.trainable === 'yes') !== trains
    score.add('trainable', tensor.trainableLevel, trainsWrong)
    if (trainsWrong)
      note('trainable', tensor.trainableLevel, `trainable ${tensor.trainable}`, tensor.trainableReason)
  }
}
