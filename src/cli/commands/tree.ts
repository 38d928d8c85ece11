import type { Report } from '../../model/report.ts'
import { answer, reports, type View } from '../answer.ts'
import type { Call, Command } from '../command.ts'
import { withNewlines } from '../lines.ts'
import { narrowing } from '../narrowing.ts'
import { manyPaths } from '../operands.ts'
import { type Options, treeOptions } from '../options.ts'

export const tree: Command = {
  name: 'tree',
  summary: 'the module tree alone, to any depth',
  operands: [manyPaths],
  flags: [
    'format',
    'json',
    'output',
    'quiet',
    'depth',
    'fold',
    'keep',
    'exclude',
    'at',
    'frozen',
    'limit',
    'color',
    'noColor',
    'ascii',
  ],
  formats: ['text', 'json', 'ndjson', 'md'],
  examples: [
    ['model.safetensors --depth 2', 'two levels of modules'],
    ["model.safetensors --no-fold --keep 'encoder.layers.0.**'", 'one block, tensor by tensor'],
  ],
  async run(call) {
    const narrow = narrowing(call)
    const view = narrow.shown(await views[call.options.format](call))
    return narrow.finish(
      await answer(
        call,
        reports(call, (report) => narrow.apply(report, 'one')),
        view,
      ),
    )
  },
}

const views: Record<Options['format'], (call: Call) => Promise<View>> = {
  async text({ options, output }) {
    const [{ treeText }, { loadTheme }] = await Promise.all([
      import('../../render/terminal/inspect-text.ts'),
      import('../../render/terminal/theme.ts'),
    ])
    const theme = await loadTheme(output.look)
    return {
      as: 'text',
      gap: '\n',
      *text({ stateDicts }) {
        for (const stateDict of stateDicts)
          yield* withNewlines(treeText(stateDict, treeOptions(options), theme))
      },
    }
  },
  async json({ options: { depth } }) {
    const { treeAnswerOf } = await import('../../render/json/answers.ts')
    const document = (report: Report) => treeAnswerOf(report, report.stateDicts[0], depth ?? undefined)
    return { as: 'document', document }
  },
  async ndjson({ options: { depth } }) {
    const { treeAnswerOf } = await import('../../render/json/answers.ts')
    const records = (report: Report) => [treeAnswerOf(report, report.stateDicts[0], depth ?? undefined)]
    return { as: 'records', records }
  },
  async md({ options }) {
    const { treeMarkdown } = await import('../../render/markdown/tree-markdown.ts')
    const text = (report: Report) =>
      treeMarkdown(report, { depth: options.depth ?? undefined, noFold: !options.fold })
    return { as: 'text', gap: '\n', text }
  },
  csv: () => Promise.reject(new Error('tree has no CSV')),
}
