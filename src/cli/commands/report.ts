import { SdinspectError } from '../../errors.ts'
import type { Page } from '../../render/html/page.ts'
import type { PageCheckpoint, PageContent } from '../../render/html/page-content.ts'
import { viewsOf } from '../../render/renderers.ts'
import { reading } from '../arguments/flags.ts'
import { manyPaths } from '../arguments/operands.ts'
import { type SaidFlag, saidBy } from '../arguments/said.ts'
import { type Call, command } from '../command.ts'
import type { ExitCode } from '../io.ts'
import { exitCodeOf, exitCodeOfError, worse } from '../output/exit-code.ts'
import { filesOf, showOne, tried } from '../output/show.ts'

export const report = command({
  name: 'report',
  summary: 'one HTML page, to send: it needs nothing beside it',
  operands: [{ name: '[path...]', help: `${manyPaths.help}; of two, the difference too` }],
  flags: ['output', 'viewer', 'statistics', 'yes', ...reading],
  views: viewsOf('report'),
  examples: [
    [
      'model.safetensors -o model.html',
      'totals, findings, a map, the tree, and why each tensor is what it is',
    ],
    ['model.safetensors --stats -o model.html', 'with minimum, mean, spread and histogram of every tensor'],
    ['ours.safetensors theirs.safetensors -o diff.html', 'both, and what is different, side by side'],
    ['--viewer -o viewer.html', 'an empty page: files that are dropped on it are inspected in the browser'],
  ],
  async run(call) {
    const { output, options } = call
    if (options.output === null && output.look.interactive)
      throw new SdinspectError('usage/arguments', 'a page is nothing for a terminal', {
        hint: 'name a file for it: -o report.html',
      })
    if (options.viewer !== (call.operands.length === 0))
      throw new SdinspectError(
        'usage/arguments',
        options.viewer
          ? '--viewer is a page of no checkpoint'
          : 'there is nothing to report: no path was given',
        { hint: options.viewer ? 'leave the paths out' : 'give a file or a folder, or --viewer' },
      )
    if (options.viewer) return writeViewer(call)
    const { content, exitCode } = await contentOf(call)
    if (content.checkpoints.length === 0) return exitCode
    const [{ compressed, packed }, { reportPage }, { pageAssets }] = await Promise.all([
      import('../../render/html/pack.ts'),
      import('../../render/html/page.ts'),
      import('../pages/page-assets.ts'),
    ])
    const assets = await pageAssets('report')
    const page = await reportPage(content, assets, await compressed(packed(content)))
    await showOne(output, await call.view('html'), page)
    return exitCode
  },
})

async function writeViewer({ output, view }: Call<'output', Page>): Promise<ExitCode> {
  const [{ inDigits }, { viewerPage }, { pageAssets, viewerCode }] = await Promise.all([
    import('../../render/html/digits.ts'),
    import('../../render/html/page.ts'),
    import('../pages/page-assets.ts'),
  ])
  const { code, packed } = await viewerCode()
  const page = await viewerPage(await pageAssets('unpack'), code, inDigits(packed))
  await showOne(output, await view('html'), page)
  return 0
}

/** How the first of two became the second, where there are two. */
async function compared(
  [a, b, ...more]: readonly PageCheckpoint[],
  failed: number,
  talk: Call['talk'],
): Promise<PageContent['comparison']> {
  if (a !== undefined && b !== undefined && more.length + failed === 0) {
    const { tensorPairing } = await import('../../compare/pairing/tensor-pairing.ts')
    return tensorPairing(a.report, b.report)
  }
  if (failed === 0) await talk.note('the two paths lead to several checkpoints: nothing is compared')
  return null
}

/** What is in each of the paths of a call, and the exit code that this is. */
async function contentOf(
  call: Call<SaidFlag | 'config' | 'limits' | 'output' | 'statistics' | 'yes'>,
): Promise<{ content: PageContent; exitCode: ExitCode }> {
  const { library, operands, options, output, talk } = call
  const { limits } = options
  const said = await saidBy(call)
  const { pageCheckpoint } = await import('../../page/page-checkpoint.ts')
  const checkpoints: PageCheckpoint[] = []
  const failures: { path: string; message: string }[] = []
  let exitCode: ExitCode = 0
  const fail = async (path: string, error: unknown) => {
    exitCode = worse(exitCode, exitCodeOfError(error))
    await talk.error(error, path)
    failures.push({ path, message: error instanceof Error ? error.message : String(error) })
  }
  for await (const opened of library.openPaths(operands, { limits, smallValues: said.smallValues })) {
    if ('error' in opened) await fail(opened.path, opened.error)
    else {
      const { path, checkpoint } = opened
      const made = tried(path, () => pageCheckpoint(checkpoint, { path, limits, ...said }))
      if ('error' in made) {
        await fail(path, made.error)
        continue
      }
      await output.madeFrom?.(filesOf(made.report.report))
      exitCode = worse(exitCode, exitCodeOf(made.report.report.findings))
      if (!options.statistics) {
        checkpoints.push(made.report)
        continue
      }
      const { withValues } = await import('../pages/page-values.ts')
      const read = await withValues(made.report, call)
      exitCode = worse(exitCode, read.exitCode)
      checkpoints.push(read.checkpoint)
    }
  }
  const comparison = operands.length === 2 ? await compared(checkpoints, failures.length, talk) : null
  return { content: { checkpoints, failures, comparison }, exitCode }
}
