import type { Report } from '../../model/report.ts'
import type { Renderer } from '../renderer.ts'

/** Documents that programs read: each as its schema says. */
export const json: Renderer = {
  format: 'json',
  views: {
    async inspect() {
      const { reportDocument } = await import('./report-document.ts')
      return { as: 'document', document: reportDocument }
    },
    async tree({ options }) {
      return { as: 'document', document: await treeOf(options.depth) }
    },
    async ls() {
      const { listDocument } = await import('./documents.ts')
      return { as: 'document', document: (report) => listDocument(report, report.stateDicts[0]) }
    },
    async why() {
      const { whyDocument } = await import('./documents.ts')
      return { as: 'document', document: (why) => whyDocument(why.path, why.stateDict, why.explanations) }
    },
    async stats() {
      const { statisticsDocument } = await import('./documents.ts')
      return { as: 'document', document: statisticsDocument }
    },
    async statsPart() {
      const { statisticsPartDocument } = await import('./documents.ts')
      return { as: 'document', document: statisticsPartDocument }
    },
    async diff() {
      const { diffDocument } = await import('./documents.ts')
      return { as: 'document', document: diffDocument }
    },
    async lock() {
      const { lockDocument } = await import('./documents.ts')
      return { as: 'document', document: ({ lockFile, outcomes }) => lockDocument(lockFile, outcomes) }
    },
    async digest({ options }) {
      const { digestDocument } = await import('./documents.ts')
      return { as: 'document', document: (result) => digestDocument(result, options.tensors) }
    },
    check: async () => ({ as: 'document', document: (report) => report }),
    explain: async () => ({
      as: 'document',
      document: (explained) => ('rule' in explained ? explained.rule : explained),
    }),
  },
}

/** The same, one record a line: a checkpoint, or a tensor where tensors are listed. */
export const ndjson: Renderer = {
  format: 'ndjson',
  views: {
    async inspect() {
      const { reportDocument } = await import('./report-document.ts')
      return { as: 'records', records: (report) => [reportDocument(report)] }
    },
    async tree({ options }) {
      const document = await treeOf(options.depth)
      return { as: 'records', records: (report) => [document(report)] }
    },
    async ls() {
      const { entryTexts } = await import('./report-document.ts')
      return {
        as: 'records',
        records: ({ stateDicts: [first] }) => (first === undefined ? [] : entryTexts(first)),
      }
    },
    why: async () => ({ as: 'records', records: (why) => why.explanations }),
    stats: async () => ({ as: 'records', hidesUnread: true, records: ({ tensors }) => tensors }),
    async digest({ options }) {
      const { digestDocument } = await import('./documents.ts')
      return { as: 'records', records: (result) => [digestDocument(result, options.tensors)] }
    },
  },
}

async function treeOf(depth: number | null): Promise<(report: Report) => object> {
  const { treeDocument } = await import('./documents.ts')
  return (report) => treeDocument(report, report.stateDicts[0], depth ?? undefined)
}
