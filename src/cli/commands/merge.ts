import { quoted, SdinspectError } from '../../errors.ts'
import type { Look } from '../../render/renderer.ts'
import { viewsOf } from '../../render/renderers.ts'
import type { StatisticsPartResult } from '../../render/results.ts'
import { answering, judging, looking, reading } from '../arguments/flags.ts'
import type { CheckPart } from '../check-parts.ts'
import { type Call, command } from '../command.ts'
import type { ExitCode } from '../io.ts'
import { exitCodeOfCheck } from '../output/exit-code.ts'
import { showEach } from '../output/show.ts'
import { tellUnread } from '../output/unread-values.ts'

const mergeFlags = [
  ...answering,
  'sortValues',
  'depth',
  'fold',
  'all',
  ...judging,
  'recurse',
  ...reading,
  ...looking,
] as const
type MergeCall = Call<(typeof mergeFlags)[number]>

export const merge = command({
  name: 'merge',
  summary: 'puts together what stats or check --part computed, on one machine or many',
  operands: [{ name: '<part...>', help: 'the answers of all parts, in any order' }],
  flags: mergeFlags,
  views: viewsOf('stats'),
  examples: [
    ['part-*.json --json', 'to the byte what stats --json gives in one run'],
    ['part-*.json --sort nan', 'the tensors with the most NaN and Inf first'],
    ['part-*.json -f csv > stats.csv', 'a table for a spreadsheet'],
    [
      'part-*.json --config sdinspect.yaml',
      'of check --part: the verdict, with the policy and flags of the check',
    ],
  ],
  async run(call) {
    const { options, library, operands } = call
    const { isCheckPart, readPartFile } = await import('../check-parts.ts')
    const read: Record<string, unknown>[] = []
    for (const path of operands) read.push(await readPartFile(path))
    if (read.every(isCheckPart)) return mergeChecks(call, read as unknown as CheckPart[])
    const parts = read.map((value, i) => statisticsPartIn(value, operands[i] as string))
    const [report, { sortedStatistics }] = await Promise.all([
      library.mergeStatistics(parts),
      import('../../model/values/sorted-statistics.ts'),
    ])
    const tensors = sortedStatistics(report.tensors, options.sortValues ?? 'order')
    const result = { ...report, tensors, listed: options.sortValues !== null }
    const outcomes = async function* () {
      yield { path: report.path, report: result }
    }
    const view = await call.view()
    await tellUnread(call.talk, view, result)
    return showEach(call, outcomes(), view)
  },
})

/** The verdict of a check whose values were read in parts. */
async function mergeChecks(call: MergeCall, parts: readonly CheckPart[]): Promise<ExitCode> {
  const [{ mergedReader }, { runCheck }, { today }, { wantedReports, writeReports }] = await Promise.all([
    import('../check-parts.ts'),
    import('../check/run.ts'),
    import('../check/today.ts'),
    import('../output/reports.ts'),
  ])
  const { options, library, output, io } = call
  const { reader, paths } = mergedReader(library, parts)
  const { report, inputs } = await runCheck(
    {
      operands: paths,
      options: {
        ...options,
        values: true,
        sample: false,
        base: null,
        workers: null,
        allowEmpty: false,
        keepHeaders: false,
        // What the parts have read was fetched.
        yes: true,
      },
      library: { ...library, ...reader },
      talk: call.talk,
    },
    today(io),
  )
  const views = viewsOf('check')
  const view = async (format: string = options.format, look: Look = output.look) => {
    const made = await views[format]?.({ look, options: { ...viewOptions, ...options } })
    if (made === undefined)
      throw new SdinspectError('usage/arguments', `a check is not shown as ${JSON.stringify(format)}`)
    return made
  }
  await writeReports(wantedReports(options), report, inputs, { ...call, view })
  return exitCodeOfCheck(report.status, options.exitZero)
}

/** What no flag of merge asks for. */
const viewOptions = { at: null, tensors: false, contents: false } as const

/** @throws SdinspectError `usage/arguments` when the file is no answer of a part */
function statisticsPartIn(value: Record<string, unknown>, path: string): StatisticsPartResult {
  const { command: asked, part, plan, slices } = value
  if (asked !== 'stats' || part === undefined || plan === undefined || !Array.isArray(slices))
    throw refused(path, 'is no answer of stats --part')
  return value as unknown as StatisticsPartResult
}

function refused(path: string, why: string): SdinspectError {
  return new SdinspectError('usage/arguments', `${quoted(path)} ${why}`, { file: path })
}
