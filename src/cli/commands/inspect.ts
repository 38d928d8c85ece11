import { answer, reports, type View } from '../answer.ts'
import type { Call, Command } from '../command.ts'
import { withNewlines } from '../lines.ts'
import { narrowing } from '../narrowing.ts'
import { manyPaths } from '../operands.ts'
import { type Options, treeOptions } from '../options.ts'

export const inspect: Command = {
  name: 'inspect',
  summary: 'what is in a checkpoint: identity, totals, module tree (the default)',
  operands: [manyPaths],
  flags: [
    'format',
    'json',
    'output',
    'quiet',
    'depth',
    'sort',
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
  formats: ['text', 'json', 'ndjson', 'md', 'csv'],
  examples: [
    ['model.safetensors', 'one file'],
    ['llama-3-8b/', 'a folder: its index, shards and config'],
    ['--json model.safetensors > report.json', 'the whole report, which can be inspected again'],
    ["model.pt --at ema --keep 'encoder.**'", 'a part of it'],
  ],
  async run(call) {
    const narrow = narrowing(call)
    const { options } = call
    const view = narrow.shown(await views[options.format](call))
    // Text shows one state dict and lists the others beside it.
    const which = options.format === 'text' ? 'all' : 'asked'
    return narrow.finish(
      await answer(
        call,
        reports(call, (report) => narrow.apply(report, which)),
        view,
      ),
    )
  },
}

const views: Record<Options['format'], (call: Call) => Promise<View>> = {
  async text({ options, output }) {
    const [{ inspectText }, { loadTheme }] = await Promise.all([
      import('../../render/terminal/inspect-text.ts'),
      import('../../render/terminal/theme.ts'),
    ])
    const theme = await loadTheme(output.look)
    return {
      as: 'text',
      gap: '\n',
      text: (report) => withNewlines(inspectText(report, treeOptions(options), theme)),
    }
  },
  async json() {
    return { as: 'document', document: (report) => report }
  },
  async ndjson() {
    return { as: 'records', records: (report) => [report] }
  },
  async md() {
    const { reportMarkdown } = await import('../../render/markdown/markdown.ts')
    return { as: 'text', gap: '\n', text: reportMarkdown }
  },
  async csv() {
    const { csvHead, csvRows } = await import('../../render/csv.ts')
    return { as: 'text', head: csvHead, gap: '', text: (report, several) => csvRows(report, several) }
  },
}
