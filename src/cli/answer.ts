import type { Report } from '../model/report.ts'
import type { Call, Outcome } from './command.ts'
import type { ExitCode } from './io.ts'
import type { Look, Output } from './output.ts'
import { exitCodeOfError, exitCodeOfReport, worse } from './verdict.ts'

/** How a command shows checkpoints in one format. */
export type View =
  | {
      /** One document in all. */
      readonly as: 'document'
      document(report: Report): object
    }
  | {
      /** One record a line. */
      readonly as: 'records'
      records(report: Report): Iterable<unknown>
    }
  | {
      readonly as: 'text'
      /** What comes before the first checkpoint. */
      head?(several: boolean): string
      /** What comes between two. */
      readonly gap: string
      /** Pieces of text, with their line ends. */
      text(report: Report, look: Look, several: boolean): Iterable<string>
    }

/** How to narrow and arrange a report before it is shown. */
export type Arrange = (report: Report) => Report

/**
 * Reads the paths of a call and shows each checkpoint in turn. One that cannot be read is told on standard
 * error and the others are still answered.
 */
export async function answer(call: Call, view: View, arrange: Arrange): Promise<ExitCode> {
  const { library, operands, options, talk } = call
  let verdict: ExitCode = 0
  const told = async function* (): AsyncGenerator<Outcome> {
    const { limits, frozen } = options
    for await (const outcome of library.inspectPaths(operands, { limits, frozen })) {
      const arranged = 'report' in outcome ? tried(outcome.path, () => arrange(outcome.report)) : outcome
      if ('error' in arranged) {
        verdict = worse(verdict, exitCodeOfError(arranged.error))
        await talk.error(arranged.error, arranged.path)
      } else verdict = worse(verdict, exitCodeOfReport(arranged.report))
      yield arranged
    }
  }
  await show[view.as](told(), view as never, call.output)
  return verdict
}

function tried(path: string, make: () => Report): Outcome {
  try {
    return { path, report: make() }
  } catch (error) {
    return { path, error }
  }
}

type Shower<V> = (outcomes: AsyncIterable<Outcome>, view: V, output: Output) => Promise<void>

const show: { readonly [A in View['as']]: Shower<Extract<View, { as: A }>> } = {
  async document(outcomes, view, output) {
    const [{ json }, { errorAnswer, severalAnswer }] = await Promise.all([
      import('../render/json.ts'),
      import('../render/answers.ts'),
    ])
    const documents: object[] = []
    for await (const outcome of outcomes)
      documents.push(
        'report' in outcome ? view.document(outcome.report) : errorAnswer(outcome.path, outcome.error),
      )
    const [only, ...more] = documents
    await output.write(json(only !== undefined && more.length === 0 ? only : severalAnswer(documents)))
  },

  async records(outcomes, view, output) {
    const [{ jsonLine }, { errorAnswer }] = await Promise.all([
      import('../render/json.ts'),
      import('../render/answers.ts'),
    ])
    for await (const outcome of outcomes) {
      const records =
        'report' in outcome ? view.records(outcome.report) : [errorAnswer(outcome.path, outcome.error)]
      await output.write(
        (function* () {
          for (const record of records) yield* jsonLine(record)
        })(),
      )
    }
  },

  async text(outcomes, view, output) {
    let shown = 0
    for await (const [outcome, several] of withSeveral(outcomes)) {
      if ('error' in outcome) continue
      await output.write([shown++ === 0 ? (view.head?.(several) ?? '') : view.gap])
      await output.write(view.text(outcome.report, output.look, several))
    }
  },
}

/** Each outcome with whether it is one of several: the first is held back until the second or the end is there. */
async function* withSeveral(outcomes: AsyncIterable<Outcome>): AsyncGenerator<readonly [Outcome, boolean]> {
  let held: Outcome | null = null
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
