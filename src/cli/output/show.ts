import { dirname, join } from 'node:path'
import type { CheckpointFile } from '../../model/checkpoint.ts'
import type { Finding } from '../../model/finding.ts'
import type { Report } from '../../model/report.ts'
import type { View } from '../../render/renderer.ts'
import { MeantTensors } from '../arguments/meant-tensors.ts'
import { type SaidFlag, saidBy } from '../arguments/said.ts'
import { isCi } from '../ci.ts'
import type { Call, Outcome } from '../command.ts'
import type { ExitCode } from '../io.ts'
import { exitCodeOf, exitCodeOfError, worse } from './exit-code.ts'
import type { Output } from './output.ts'

/** What is known of every checkpoint, whatever is shown of it. */
interface Shown {
  readonly path: string
  readonly files: readonly CheckpointFile[]
  readonly findings: readonly Finding[]
}

/**
 * Shows each outcome in turn. A path that cannot be read is told on standard error and the others are still
 * answered.
 */
export async function showEach<R extends Shown>(
  { talk, output, operands }: Pick<Call, 'talk' | 'output' | 'operands'>,
  outcomes: AsyncIterable<Outcome<R>>,
  view: View<R>,
): Promise<ExitCode> {
  let exitCode: ExitCode = 0
  const told = async function* (): AsyncGenerator<Outcome<R>> {
    for await (const outcome of outcomes) {
      if ('error' in outcome) {
        exitCode = worse(exitCode, exitCodeOfError(outcome.error))
        await talk.error(outcome.error, outcome.path)
      } else {
        exitCode = worse(exitCode, exitCodeOf(outcome.report.findings))
        await output.madeFrom?.(filesOf(outcome.report))
      }
      yield outcome
    }
  }
  if (view.as === 'document') await showDocument(told(), view, output)
  else if (view.as === 'records') await showRecords(told(), view, output)
  else await showText(told(), view, output, operands.length === 1)
  return exitCode
}

/** Where the files of a checkpoint may be: the path is the checkpoint's folder, or a file in it. */
export function filesOf({ path, files }: Pick<Report, 'path' | 'files'>): string[] {
  return [path, ...files.flatMap(({ name }) => [join(path, name), join(dirname(path), name)])]
}

/** What `make` makes of the reports of the paths of a call. */
export async function* reports<R>(
  call: Call<SaidFlag | 'config' | 'limits'> & {
    readonly options: { readonly keepHeaders?: boolean; readonly originalNames?: boolean }
  },
  make: (report: Report) => R,
): AsyncGenerator<Outcome<R>> {
  const { library, operands, options, io } = call
  const said = await saidBy(call)
  const { limits, keepHeaders = false, originalNames } = options
  const reading = { limits, keepHeaders, originalNames, plainNames: !isCi(io.env) }
  const meant = new MeantTensors(operands)
  for await (const outcome of library.inspectPaths(operands, { ...reading, ...said }))
    if ('report' in outcome) {
      meant.saw(outcome.report)
      yield tried(outcome.path, () => make(outcome.report))
    } else yield { ...outcome, error: meant.explained(outcome.path, outcome.error) }
}

/** What `make` makes, or the error it throws. */
export function tried<R>(path: string, make: () => R): Outcome<R> {
  try {
    return { path, report: make() }
  } catch (error) {
    return { path, error }
  }
}

/** Shows the one result of a command. */
export async function showOne<R>(output: Output, view: View<R>, result: R): Promise<void> {
  if (view.as === 'text') {
    await output.write([view.head?.(false) ?? ''])
    return output.write(view.text(result, false))
  }
  const { json, jsonLine } = await import('../../render/json-text.ts')
  if (view.as === 'document') return output.write(json(view.document(result)))
  for (const record of view.records(result)) await output.write(jsonLine(record))
}

type ViewAs<R extends Shown, A extends View<R>['as']> = Extract<View<R>, { readonly as: A }>

async function showDocument<R extends Shown>(
  outcomes: AsyncIterable<Outcome<R>>,
  view: ViewAs<R, 'document'>,
  output: Output,
): Promise<void> {
  const { json } = await import('../../render/json-text.ts')
  const { errorDocument, severalDocument } = await import('../../render/json/documents.ts')
  const documents: object[] = []
  for await (const outcome of outcomes)
    documents.push(
      'report' in outcome ? view.document(outcome.report) : errorDocument(outcome.path, outcome.error),
    )
  const [only, ...more] = documents
  await output.write(json(only !== undefined && more.length === 0 ? only : severalDocument(documents)))
}

async function showRecords<R extends Shown>(
  outcomes: AsyncIterable<Outcome<R>>,
  view: ViewAs<R, 'records'>,
  output: Output,
): Promise<void> {
  const { jsonLine } = await import('../../render/json-text.ts')
  const { errorDocument } = await import('../../render/json/documents.ts')
  for await (const outcome of outcomes) {
    const records =
      'report' in outcome ? view.records(outcome.report) : [errorDocument(outcome.path, outcome.error)]
    await output.write(
      (function* () {
        for (const record of records) yield* jsonLine(record)
      })(),
    )
  }
}

async function showText<R extends Shown>(
  outcomes: AsyncIterable<Outcome<R>>,
  view: ViewAs<R, 'text'>,
  output: Output,
  isOnePath: boolean,
): Promise<void> {
  let shown = 0
  const { overview } = view
  const each =
    overview === undefined
      ? outcomes
      : await withOverview(outcomes, (results) => output.write(overview(results, isOnePath)))
  for await (const [outcome, several] of withSeveral(each)) {
    if ('error' in outcome) continue
    await output.write([shown++ === 0 ? (view.head?.(several) ?? '') : view.gap])
    await output.write(view.text(outcome.report, several))
  }
}

/** Results that are compared before they are shown one by one: more are no table. */
const mostCompared = 64

/** The same outcomes, after several of them were told of together; more than a table holds come as they are read. */
async function withOverview<R extends Shown>(
  outcomes: AsyncIterable<Outcome<R>>,
  tell: (results: readonly R[]) => Promise<void>,
): Promise<AsyncIterable<Outcome<R>>> {
  const rest = outcomes[Symbol.asyncIterator]()
  const held: Outcome<R>[] = []
  let isAll = false
  while (held.length <= mostCompared) {
    const next = await rest.next()
    if (next.done === true) {
      isAll = true
      break
    }
    held.push(next.value)
  }
  const results = held.flatMap((outcome) => ('report' in outcome ? [outcome.report] : []))
  if (isAll && results.length > 1) await tell(results)
  return (async function* () {
    try {
      yield* held
      while (!isAll) {
        const next = await rest.next()
        if (next.done === true) return
        yield next.value
      }
    } finally {
      await rest.return?.()
    }
  })()
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
