import type { Difference } from '../../compare/difference.ts'
import { quoted, SdinspectError } from '../../errors.ts'
import type { Report } from '../../model/report.ts'
import { viewsOf } from '../../render/renderers.ts'
import { type Call, command } from '../command.ts'
import { exitCodeOfError } from '../exit-code.ts'
import { answering, looking, narrowing, reading } from '../flags.ts'
import { Narrowing } from '../narrowing.ts'
import { oneReport } from '../one-report.ts'
import { filesOf, showOne } from '../show.ts'

export const diff = command({
  name: 'diff',
  summary: 'what changed between two checkpoints, and what load_state_dict would say',
  operands: [
    { name: '<a>', help: 'a file, a folder, an index, a JSON report or a lock: what is loaded' },
    { name: '<b>', help: 'the same: whose model it is loaded into' },
  ],
  flags: [...answering, 'renameMap', 'exitCode', ...narrowing, 'atB', 'fold', ...reading, ...looking],
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
        await talk.error(error, path)
        if (view.as === 'document') await writeFailure(call, path, error)
        return exitCodeOfError(error)
      }
    }
    const [a, b] = reports
    if (a === undefined || b === undefined) return 2
    const { compareReports } = await import('../../compare/compare-reports.ts')
    const difference = compareReports(a, b, { atA: options.at, atB: options.atB ?? options.at })
    const inputs = [...filesOf(a), ...filesOf(b)]
    await output.madeFrom?.(inputs)
    if (options.renameMap !== null) await writeRenameMap(call, options.renameMap, inputs, difference)
    await showOne(output, view, difference)
    return narrow.finish(options.exitCode && !difference.same ? 1 : 0)
  },
})

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
    import('../side-file.ts'),
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
