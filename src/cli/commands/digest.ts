import { SdinspectError } from '../../errors.ts'
import { viewsOf } from '../../render/renderers.ts'
import { announced } from '../announced.ts'
import { answering, looking } from '../arguments/flags.ts'
import { type Call, command } from '../command.ts'
import type { ExitCode } from '../io.ts'
import { exitCodeOfError, worse } from '../output/exit-code.ts'
import { filesOf, showEach, showOne } from '../output/show.ts'

type DigestCall = Call<'compareOnly' | 'at' | 'yes' | 'workers' | 'limits'>

export const digest = command({
  name: 'digest',
  summary: 'SHA-256 of the values, the same in every format',
  operands: [
    {
      name: '<path...>',
      help: 'files, folders, indexes, globs in quotes; with --check, files of digests',
    },
  ],
  flags: [...answering, 'tensors', 'contents', 'compareOnly', 'at', 'yes', 'workers', 'limits', ...looking],
  views: viewsOf('digest'),
  examples: [
    ['model.safetensors model.pt', 'one line a checkpoint, as sha256sum writes it'],
    ['models/* > SUMS; sdinspect digest --check SUMS', 'write them down, and compare'],
    ['model.safetensors --tensors', 'one line a tensor'],
  ],
  async run(call) {
    const { options, operands, library } = call
    if (options.compareOnly) return checkAll(call)
    const { limits, at, workers } = options
    return showEach(
      call,
      library.digestPaths(operands, { limits, at, workers, recurse: true, beforeValues: announced(call) }),
      await call.view(),
    )
  },
})

/** Computes again every digest of the files given, and says which are other. */
async function checkAll(call: DigestCall): Promise<ExitCode> {
  const { operands, options, library, output, talk } = call
  const [{ writtenDigests }, view] = await Promise.all([
    import('../files/digest-file.ts'),
    viewsOf('digestCheck').text?.({ look: output.look, options: viewOptions }),
  ])
  if (view === undefined) throw new SdinspectError('internal/bug', 'there is no view of a comparison')
  let exitCode: ExitCode = 0
  for (const file of operands)
    for (const { path, digest } of await writtenDigests(file, options.limits))
      for await (const outcome of library.digestPaths([path], {
        limits: options.limits,
        at: options.at,
        workers: options.workers,
        beforeValues: announced(call),
      })) {
        if ('error' in outcome) {
          exitCode = worse(exitCode, exitCodeOfError(outcome.error))
          await talk.error(outcome.error, outcome.path)
          continue
        }
        const { report } = outcome
        await output.madeFrom?.(filesOf(report))
        const state =
          report.digest === digest ? 'same' : report.contents === digest ? 'same contents' : 'different'
        if (state === 'different') exitCode = worse(exitCode, 1)
        await showOne(output, view, { path: outcome.path, state })
      }
  return exitCode
}

/** A comparison is shown in one way. */
const viewOptions = {
  depth: null,
  fold: true,
  at: null,
  showSuppressed: false,
  tensors: false,
  contents: false,
} as const
