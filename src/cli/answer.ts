import { dirname, join } from 'node:path'
import type { CheckpointFile } from '../model/checkpoint.ts'
import type { Finding } from '../model/finding.ts'
import type { Report } from '../model/report.ts'
import type { Call, Outcome } from './command.ts'
import type { ExitCode } from './io.ts'
import type { Output } from './output.ts'
import { exitCodeOf, exitCodeOfError, worse } from './verdict.ts'

/** What every answer has, whatever the command. */
interface Answered {
  readonly path: string
  readonly files: readonly CheckpointFile[]
  readonly findings: readonly Finding[]
}

/** How a command shows checkpoints in one format. */
export type View<R extends Answered = Report> =
  | {
      /** One document in all. */
      readonly as: 'document'
      document(report: R): object
    }
  | {
      /** One record a line. */
      readonly as: 'records'
      records(report: R): Iterable<unknown>
    }
  | {
      readonly as: 'text'
      /** What comes before the first checkpoint. */
      head?(several: boolean): string
      /** What comes between two. */
      readonly gap: string
      /** Pieces of text, with their line ends. */
      text(report: R, several: boolean): Iterable<string>
    }

/**
 * Shows each outcome in turn. A path that cannot be read is told on standard error and the others are still
 * answered.
 */
export async function answer<R extends Answered>(
  { talk, output }: Pick<Call, 'talk' | 'output'>,
  outcomes: AsyncIterable<Outcome<R>>,
  view: View<R>,
): Promise<ExitCode> {
  let verdict: ExitCode = 0
  const told = async function* (): AsyncGenerator<Outcome<R>> {
    for await (const outcome of outcomes) {
      if ('error' in outcome) {
        verdict = worse(verdict, exitCodeOfError(outcome.error))
        await talk.error(outcome.error, outcome.path)
      } else {
        verdict = worse(verdict, exitCodeOf(outcome.report.findings))
        await output.madeFrom?.(filesOf(outcome.report))
      }
      yield outcome
    }
  }
  if (view.as === 'document') await showDocument(told(), view, output)
  else if (view.as === 'records') await showRecords(told(), view, output)
  else await showText(told(), view, output)
  return verdict
}

/** Where the files of a checkpoint may be: the path is the checkpoint's folder, or a file in it. */
export function filesOf({ path, files }: Pick<Report, 'path' | 'files'>): string[] {
  return [path, ...files.flatMap(({ name }) => [join(path, name), join(dirname(path), name)])]
}

/** The reports of the paths of a call, each arranged before it is shown. */
export async function* reports(
  { library, operands, options: { limits, frozen } }: Call,
  arrange: (report: Report) => Report,
): AsyncGenerator<Outcome> {
  for await (const outcome of library.inspectPaths(operands, { limits, frozen }))
    yield 'report' in outcome ? tried(outcome.path, () => arrange(outcome.report)) : outcome
}

/** What `make` makes, or the error it throws. */
export function tried<R>(path: string, make: () => R): Outcome<R> {
  try {
    return { path, report: make() }
  } catch (error) {
    return { path, error }
  }
}

type ViewAs<R extends Answered, A extends View['as']> = Extract<View<R>, { readonly as: A }>

async function showDocument<R extends Answered>(
  outcomes: AsyncIterable<Outcome<R>>,
  view: ViewAs<R, 'document'>,
  output: Output,
): Promise<void> {
  const { json } = await import('../render/json/json.ts')
  const { errorAnswer, severalAnswer } = await import('../render/json/answers.ts')
  const documents: object[] = []
  for await (const outcome of outcomes)
    documents.push(
      'report' in outcome ? view.document(outcome.report) : errorAnswer(outcome.path, outcome.error),
    )
  const [only, ...more] = documents
  await output.write(json(only !== undefined && more.length === 0 ? only : severalAnswer(documents)))
}

async function showRecords<R extends Answered>(
  outcomes: AsyncIterable<Outcome<R>>,
  view: ViewAs<R, 'records'>,
  output: Output,
): Promise<void> {
  const { jsonLine } = await import('../render/json/json.ts')
  const { errorAnswer } = await import('../render/json/answers.ts')
  for await (const outcome of outcomes) {
    const records =
      'report' in outcome ? view.records(outcome.report) : [errorAnswer(outcome.path, outcome.error)]
    await output.write(
      (function* () {
        for (const record of records) yield* jsonLine(record)
      })(),
    )
  }
}

async function showText<R extends Answered>(
  outcomes: AsyncIterable<Outcome<R>>,
  view: ViewAs<R, 'text'>,
  output: Output,
): Promise<void> {
  let shown = 0
  for await (const [outcome, several] of withSeveral(outcomes)) {
    if ('error' in outcome) continue
    await output.write([shown++ === 0 ? (view.head?.(several) ?? '') : view.gap])
    await output.write(view.text(outcome.report, several))
  }
}

/** Each outcome with whether it is one of several: the first is held back until the second or the end is there. */
async function* withSeveral<R>(
  outcomes: AsyncIterable<Outcome<R>>,
): AsyncGenerator<readonly [Outcome<R>, boolean]> {
  let held: Outcome<R> | null = null
  let several = false
  for await (const outcome of outcomes) {
    if (held !== null) {
      several = true
      yield [held, true]
    }
    held = outcome
  }
  if (held !== null) yield [held, several]
}
