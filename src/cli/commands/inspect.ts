import { answer, type View } from '../answer.ts'
import type { Command } from '../command.ts'
import { narrowing } from '../narrowing.ts'
import type { Options } from '../options.ts'

export const inspect: Command = {
  name: 'inspect',
  summary: 'what is in a checkpoint: identity, totals, module tree (the default)',
  operands: [
    { name: '<path...>', help: 'files, folders, indexes, globs in quotes, or - for standard input' },
  ],
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
    const view = await views[call.options.format](call.options)
    return narrow.finish(await answer(call, view, (report) => narrow.apply(report, false)))
  },
}

const views: Record<Options['format'], (options: Options) => Promise<View>> = {
  async text() {
    const { tabRows } = await import('../../render/csv.ts')
    return { as: 'text', gap: '\n', text: (report, _look, several) => tabRows(report, several) }
  },
  async json() {
    return { as: 'document', document: (report) => report }
  },
  async ndjson() {
    return { as: 'records', records: (report) => [report] }
  },
  async md() {
    const { reportMarkdown } = await import('../../render/markdown.ts')
    return { as: 'text', gap: '\n', text: reportMarkdown }
  },
  async csv() {
    const { csvHead, csvRows } = await import('../../render/csv.ts')
    return { as: 'text', head: csvHead, gap: '', text: (report, _look, several) => csvRows(report, several) }
  },
}
