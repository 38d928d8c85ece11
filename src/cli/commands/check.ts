import { SdinspectError } from '../../errors.ts'
import { viewsOf } from '../../render/renderers.ts'
import { answering, caching, judging, looking, reading } from '../arguments/flags.ts'
import type { CheckPart } from '../check-parts.ts'
import { type Call, command } from '../command.ts'
import type { ExitCode } from '../io.ts'
import { exitCodeOfCheck } from '../output/exit-code.ts'

const checkFlags = [
  ...answering,
  ...judging,
  'all',
  'allowEmpty',
  'recurse',
  'values',
  'sample',
  'part',
  'base',
  'workers',
  'yes',
  ...reading,
  ...caching,
  ...looking,
] as const
type CheckCall = Call<(typeof checkFlags)[number]>

export const check = command({
  name: 'check',
  summary: 'is it sound, and what it should be? for people and CI',
  operands: [
    {
      name: '[path...]',
      help: 'files, folders, indexes, globs in quotes, or - for standard input; without any, the paths of the policy',
    },
  ],
  flags: checkFlags,
  views: viewsOf('check'),
  examples: [
    ['models/llama-3-8b', 'is it sound? no policy needed'],
    ['', 'the paths of sdinspect.yaml'],
    ['models --report sarif=out.sarif --report junit=junit.xml', 'text here, reports in files'],
    ['model.safetensors --values', 'NaN, Inf, weights of zeros, and checksums: all bytes are read'],
    ['model.pt --rule contents/training-state=off --fail-on warning', 'other levels'],
  ],
  async run(call) {
    const [{ wantedReports, writeReports }, { runCheck }, { today }] = await Promise.all([
      import('../output/reports.ts'),
      import('../check/run.ts'),
      import('../check/today.ts'),
    ])
    if (call.options.part !== null) return writePart(call, call.options.part)
    const wanted = wantedReports(call.options)
    const { io, options, output } = call
    const isToldBelow =
      wanted.some(({ format, file }) => format === 'text' && file === null) &&
      output.look.interactive &&
      io.err.isTTY &&
      !options.quiet
    const { report, inputs } = await runCheck({ ...call, isToldBelow }, today(io))
    await writeReports(wanted, report, inputs, call)
    return exitCodeOfCheck(report.status, call.options.exitZero)
  },
})

/** Reads a part of the values, for `merge`, which says what the rules make of it. */
async function writePart(call: CheckCall, part: CheckPart['part']): Promise<ExitCode> {
  const [{ checkPart, partReader }, { runCheck }, { today }, { json }] = await Promise.all([
    import('../check-parts.ts'),
    import('../check/run.ts'),
    import('../check/today.ts'),
    import('../../render/json-text.ts'),
  ])
  const { options, library, output, operands } = call
  if (options.sample || options.base !== null)
    throw new SdinspectError('usage/arguments', '--part is of a check of all values, and of no other')
  const { reader, checkpoints } = partReader(library, part)
  const asked = { ...call, options: { ...options, values: true }, library: { ...library, ...reader } }
  const { report, inputs } = await runCheck(asked, today(call.io))
  await output.madeFrom?.(inputs)
  await output.write(json(checkPart(part, operands, checkpoints)))
  return report.status === 'error' ? 2 : 0
}
