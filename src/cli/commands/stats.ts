import { SdinspectError } from '../../errors.ts'
import type { Report } from '../../model/report.ts'
import { viewsOf } from '../../render/renderers.ts'
import type { StatisticsResult } from '../../render/results.ts'
import { announced } from '../announced.ts'
import { answering, looking, narrowing, reading } from '../arguments/flags.ts'
import { MeantTensors } from '../arguments/meant-tensors.ts'
import { Narrowing } from '../arguments/narrowing.ts'
import { manyPaths } from '../arguments/operands.ts'
import { command, type Outcome } from '../command.ts'
import { exitCodeOfCode, worse } from '../output/exit-code.ts'
import { showEach } from '../output/show.ts'
import { tellUnread } from '../output/unread-values.ts'

export const stats = command({
  name: 'stats',
  summary: 'what the values come to: range, mean, zeros, NaN, histogram',
  operands: [manyPaths],
  flags: [
    ...answering,
    'sortValues',
    'part',
    'dequantised',
    'workers',
    'depth',
    'fold',
    'all',
    'yes',
    ...narrowing,
    ...reading,
    ...looking,
  ],
  views: viewsOf('stats'),
  examples: [
    ['model.safetensors', 'modules and tensors, with what their values come to'],
    ['model.safetensors --part 3/16 -o part-3.json', 'a sixteenth of the work, for sdinspect merge'],
    ['model.safetensors --sort nan', 'the tensors one by one, those with NaN and Inf first'],
    ['model-fp8.safetensors --dequantised', 'the weights that FP8, MXFP4, GPTQ, AWQ and others stand for'],
    ["model.safetensors --keep '**.weight' --json", 'all there is to know of the weights'],
  ],
  async run(call) {
    const { options, library, operands } = call
    const narrow = new Narrowing(options, call.talk)
    const meant = new MeantTensors(operands)
    const { sortedStatistics } = await import('../../model/values/sorted-statistics.ts')
    const reading = {
      limits: options.limits,
      workers: options.workers,
      narrow: (report: Report) => {
        meant.saw(report)
        return narrow.apply(report, 'one')
      },
      beforeValues: announced(call),
    }
    if (options.part !== null) {
      const view = await viewsOf('statsPart').json?.({ look: call.output.look, options: { ...noWishes } })
      if (view === undefined) throw new SdinspectError('internal/bug', 'there is no view of a part')
      const parts = library.statisticsParts(operands, {
        ...reading,
        dequantised: options.dequantised,
        part: options.part,
      })
      return narrow.finish(await showEach(call, parts, view))
    }
    const found = library.statisticsPaths(operands, { ...reading, dequantised: options.dequantised })
    let unread: ReturnType<typeof exitCodeOfCode> = 0
    const { sortValues } = options
    const view = await call.view()
    const shown = async function* (): AsyncGenerator<Outcome<StatisticsResult>> {
      for await (const outcome of found) {
        if ('error' in outcome) {
          yield { ...outcome, error: meant.explained(outcome.path, outcome.error) }
          continue
        }
        const { report } = outcome
        for (const { code } of report.coverage.uncovered)
          if (code !== undefined) unread = worse(unread, exitCodeOfCode(code))
        await tellUnread(call.talk, view, report)
        const tensors = sortedStatistics(report.tensors, sortValues ?? 'order')
        yield { path: outcome.path, report: { ...report, tensors, listed: sortValues !== null } }
      }
    }
    return narrow.finish(worse(await showEach(call, shown(), view), unread))
  },
})

/** A part is shown in one way. */
const noWishes = {
  depth: null,
  fold: true,
  at: null,
  showSuppressed: false,
  tensors: false,
  contents: false,
} as const
