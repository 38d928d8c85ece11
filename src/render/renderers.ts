import type { CheckReport } from '../check/check-report.ts'
import { csv } from './csv.ts'
import { html } from './html/html-views.ts'
import { json, ndjson } from './json/json-views.ts'
import { markdown } from './markdown/markdown-views.ts'
import type { Renderer, Views } from './renderer.ts'
import type { Results } from './results.ts'
import { text } from './terminal/text-views.ts'
import type { Workspace } from './workspace.ts'

/** Every format that results are shown in, in the order help shows them. The first is the default. */
const renderers: readonly Renderer[] = [
  text,
  json,
  ndjson,
  markdown,
  csv,
  html,
  forCheck('sarif', async () => {
    const [{ sarif }, { rules }] = await Promise.all([
      import('./ci/sarif.ts'),
      import('../check/all-rules.ts'),
    ])
    return (report, workspace) => sarif(report, rules, workspace)
  }),
  forCheck('junit', async () => (await import('./ci/junit.ts')).junit),
  forCheck('github', async () => (await import('./ci/github.ts')).github),
  forCheck('gitlab', async () => (await import('./ci/gitlab.ts')).gitlab),
  forCheck('tap', async () => (await import('./ci/tap.ts')).tap),
  {
    format: 'metrics',
    views: {
      check: async () => ({ as: 'text', gap: '', text: (await import('./ci/metrics.ts')).metrics }),
    },
  },
]

/** What CI reads of `check`, and shows to people: what is said of many tensors is said once. */
function forCheck(
  format: string,
  load: () => Promise<(report: CheckReport, workspace?: Workspace) => Iterable<string>>,
): Renderer {
  return {
    format,
    views: {
      async check({ options }) {
        const [show, { withFoldedFindings }] = await Promise.all([
          load(),
          import('../check/findings/fold-findings.ts'),
        ])
        return { as: 'text', gap: '', text: (report) => show(withFoldedFindings(report), options.workspace) }
      },
    },
  }
}

/** The column of the table of views that shows one sort of result: a view by format. */
export function viewsOf<Name extends keyof Results>(result: Name): Views<Results[Name]> {
  const views: Record<string, Views<Results[Name]>[string]> = {}
  for (const renderer of renderers) {
    const view = renderer.views[result]
    if (view !== undefined) views[renderer.format] = view
  }
  return views
}

/** The formats that one sort of result is shown in. */
export function formatsOf(result: keyof Results): readonly string[] {
  return Object.keys(viewsOf(result))
}
