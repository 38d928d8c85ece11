import type { PairedDifference } from '../../compare/compare-reports.ts'
import type { Difference } from '../../compare/difference.ts'
import type { KnownValues } from '../../compare/value-difference.ts'
import { quoted, SdinspectError } from '../../errors.ts'
import type { Report } from '../../model/report.ts'
import { viewsOf } from '../../render/renderers.ts'
import { announced } from '../announced.ts'
import { answering, caching, looking, narrowing, reading } from '../arguments/flags.ts'
import { Narrowing } from '../arguments/narrowing.ts'
import { type Call, command } from '../command.ts'
import { type ExitCode, Interrupted } from '../io.ts'
import { exitCodeOfError } from '../output/exit-code.ts'
import { filesOf, showOne } from '../output/show.ts'
import { oneReport } from '../pages/one-report.ts'

export const diff = command({
  name: 'diff',
  summary: 'what changed between two, and what load_state_dict would say',
  operands: [
    { name: '<a>', help: 'a file, a folder, an index, a JSON report or a lock: what is loaded' },
    { name: '<b>', help: 'the same: whose model it is loaded into' },
  ],
  flags: [
    ...answering,
    'values',
    'workers',
    'yes',
    'renameMap',
    'exitCode',
    ...narrowing,
    'atB',
    'fold',
    'all',
    ...reading,
    ...caching,
    ...looking,
  ],
  views: viewsOf('diff'),
  examples: [
    ['ours.safetensors theirs.safetensors', 'prefixes, renames, shapes, types, what is missing'],
    ['old.pt new.safetensors --rename-map map.json', 'the names of old.pt in the words of new.safetensors'],
    ['sdinspect.lock model.safetensors --exit-code', '1 when the layout is another than the one agreed on'],
  ],
  async run(call) {
    const { options, operands, talk, output } = call
    const narrow = new Narrowing({ ...options, at: null }, talk)
    const view = await call.view()
    const reports: Report[] = []
    for (const path of operands) {
      try {
        reports.push(narrow.apply(await oneReport(path, otherOf(operands, path), call), 'all'))
      } catch (error) {
        if (error instanceof Interrupted) throw error
        await talk.error(error, path)
        if (view.as === 'document') await writeFailure(call, path, error)
        return exitCodeOfError(error)
      }
    }
    const [a, b] = reports
    if (a === undefined || b === undefined) return 2
    const { pairedReports } = await import('../../compare/compare-reports.ts')
    const [atA, atB] = [options.at, options.atB ?? options.at]
    const digests = options.values ? await valuesOf(call, view, [atA, atB]) : undefined
    if (typeof digests === 'number') return digests
    const paired = pairedReports(a, b, { atA, atB })
    const difference =
      digests === undefined
        ? paired.difference
        : paired.withValues({ digests, ...(await distancesOf(call, paired, digests, [atA, atB])) })
    const inputs = [...filesOf(a), ...filesOf(b)]
    await output.madeFrom?.(inputs)
    if (options.renameMap !== null) await writeRenameMap(call, options.renameMap, inputs, difference)
    await showOne(output, view, difference)
    return narrow.finish(options.exitCode && !isAsWanted(difference) ? 1 : 0)
  },
})

/** Two checkpoints are to be the same; an adapter is to fit its base. */
function isAsWanted({ same, adapter }: Difference): boolean {
  return adapter === undefined ? same : adapter.fits === 'yes'
}

/** What the values of both sides come to, or the exit code where those of one cannot be read. */
async function valuesOf(
  call: Call<'limits' | 'workers' | 'yes'>,
  view: { readonly as: string },
  at: readonly (string | null)[],
): Promise<readonly [ReadonlyMap<string, string>, ReadonlyMap<string, string>] | ExitCode> {
  const { operands, library, options, talk } = call
  const digests: ReadonlyMap<string, string>[] = []
  for (const [i, path] of operands.entries())
    for await (const outcome of library.digestPaths([path], {
      limits: options.limits,
      at: at[i] ?? null,
      workers: options.workers,
      beforeValues: announced(call),
    })) {
      if (!('error' in outcome)) {
        digests[i] = outcome.report.tensors
        continue
      }
      await talk.error(outcome.error, path)
      if (view.as === 'document') await writeFailure(call, path, outcome.error)
      return exitCodeOfError(outcome.error)
    }
  const [a, b] = digests
  return a === undefined || b === undefined ? 2 : [a, b]
}

/** How far the pairs are apart whose values are others, or of another type. */
async function distancesOf(
  { library, operands, options }: Call<'limits' | 'workers'>,
  { valuePairs, difference }: PairedDifference,
  digests: KnownValues['digests'],
  at: readonly [string | null, string | null],
): Promise<Pick<KnownValues, 'distances'>> {
  const { openPairs } = await import('../../compare/value-difference.ts')
  const open = openPairs(valuePairs(), difference, digests)
  const [a, b] = operands
  if (open.length === 0 || a === undefined || b === undefined) return {}
  const { limits, workers } = options
  for await (const distances of library.valueDistances?.([a, b], open, { limits, workers, at }) ?? [])
    return { distances }
  return {}
}

/** Of two operands, the one that is not `path`. */
function otherOf(operands: readonly string[], path: string): string {
  return operands.find((operand) => operand !== path) ?? path
}

async function writeFailure({ output }: Pick<Call, 'output'>, path: string, error: unknown): Promise<void> {
  const [{ errorDocument }, { json }] = await Promise.all([
    import('../../render/json/documents.ts'),
    import('../../render/json-text.ts'),
  ])
  await output.write(json(errorDocument(path, error)))
}

async function writeRenameMap(
  { output, options, talk }: Call<'output'>,
  path: string,
  inputs: readonly string[],
  { renames }: Difference,
): Promise<void> {
  if (path === options.output)
    throw new SdinspectError('usage/arguments', `--rename-map and --output both name ${quoted(path)}`)
  const [{ writeSideFile }, { json }] = await Promise.all([
    import('../files/side-file.ts'),
    import('../../render/json-text.ts'),
  ])
  const map = new Map(renames.map(({ from, to }) => [from, to]))
  await writeSideFile('--rename-map', path, inputs, output, json(map))
  const guesses = renames.filter(({ by }) => by === 'order').length
  if (guesses > 0)
    await talk.note(
      `${guesses} of the ${renames.length} renames in ${path} are guesses: several modules have these shapes, and only their order tells them apart`,
    )
}
