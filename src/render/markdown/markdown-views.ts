import type { Renderer } from '../renderer.ts'

/** Markdown for pull requests and job summaries. */
export const markdown: Renderer = {
  format: 'md',
  views: {
    async inspect() {
      const { reportMarkdown } = await import('./markdown.ts')
      return { as: 'text', gap: '\n', text: reportMarkdown }
    },
    async tree({ options: { depth, fold, sort } }) {
      const { treeMarkdown } = await import('./tree-markdown.ts')
      const extent = { depth: depth ?? undefined, noFold: !fold, sort }
      return { as: 'text', gap: '\n', text: (report) => treeMarkdown(report, extent) }
    },
    async ls() {
      const { tensorsMarkdown } = await import('./markdown.ts')
      return { as: 'text', gap: '\n', text: tensorsMarkdown }
    },
    async why() {
      const { whyMarkdown } = await import('./why-markdown.ts')
      return { as: 'text', gap: '\n', text: (why) => whyMarkdown(why.explanations) }
    },
    async stats() {
      const { statisticsMarkdown } = await import('./statistics-markdown.ts')
      return { as: 'text', gap: '\n', text: statisticsMarkdown }
    },
    async diff({ options: { fold } }) {
      const { diffMarkdown } = await import('./diff-markdown.ts')
      return { as: 'text', gap: '\n', text: (difference) => diffMarkdown(difference, { noFold: !fold }) }
    },
    async check({ options }) {
      const [{ checkMarkdown }, { withFoldedFindings }] = await Promise.all([
        import('./check-markdown.ts'),
        import('../../check/findings/fold-findings.ts'),
      ])
      return {
        as: 'text',
        gap: '\n',
        text: (report) => checkMarkdown(withFoldedFindings(report, { alike: true }), options),
      }
    },
    async explain() {
      const { rulePage } = await import('../rule-page.ts')
      return {
        as: 'text',
        gap: '\n',
        *text(explained) {
          for (const rule of 'rule' in explained ? [explained.rule] : explained.rules) yield* rulePage(rule)
        },
      }
    },
  },
}
