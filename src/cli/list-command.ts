import type { Report, StateDictReport } from '../model/report.ts'
import type { Kind } from '../model/verdict.ts'
import { answer, reports, type View } from './answer.ts'
import type { Call, Command } from './command.ts'
import { withNewlines } from './lines.ts'
import { narrowing } from './narrowing.ts'
import { manyPaths } from './operands.ts'
import type { Options } from './options.ts'

/** A command that lists the tensors of one state dict, of one kind if `kind` is given. */
export function listCommand(
  about: Pick<Command, 'name' | 'summary' | 'examples'>,
  kind: Kind | null,
): Command {
  return {
    ...about,
    operands: [manyPaths],
    flags: [
      'format',
      'json',
      'output',
      'quiet',
      'sort',
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
    async run(call) {
      const narrow = narrowing(call)
      const { sorted } = await import('../model/sorted.ts')
      const arrange = (report: Report): Report => {
        const narrowed = narrow.apply(report, 'one')
        const stateDicts = narrowed.stateDicts.map((stateDict) =>
          sorted(ofKind(stateDict, kind), call.options.sort),
        )
        return { ...narrowed, stateDicts }
      }
      return narrow.finish(
        await answer(call, reports(call, arrange), narrow.shown(await views[call.options.format](call))),
      )
    },
  }
}

function ofKind(stateDict: StateDictReport, kind: Kind | null): StateDictReport {
  if (kind === null) return stateDict
  return { ...stateDict, tensors: stateDict.tensors.filter((tensor) => tensor.kind === kind) }
}

const views: Record<Options['format'], (call: Call) => Promise<View>> = {
  async text({ output: { look } }) {
    if (!look.interactive) {
      const { tabSeparated } = await import('../render/tab-separated.ts')
      return { as: 'text', gap: '', text: tabSeparated }
    }
    const [{ lsText }, { nameForOutput }, { loadTheme }] = await Promise.all([
      import('../render/terminal/ls-text.ts'),
      import('../render/text.ts'),
      import('../render/terminal/theme.ts'),
    ])
    const theme = await loadTheme(look)
    return {
      as: 'text',
      gap: '\n',
      *text(report, several) {
        if (several) yield `${nameForOutput(report.path, theme.ascii)}:\n`
        yield* withNewlines(lsText(report.stateDicts[0]?.tensors ?? [], theme))
      },
    }
  },
  async json() {
    const { listAnswer } = await import('../render/json/answers.ts')
    return { as: 'document', document: (report) => listAnswer(report, report.stateDicts[0]) }
  },
  async ndjson() {
    return { as: 'records', records: (report) => report.stateDicts[0]?.tensors ?? [] }
  },
  async md() {
    const { tensorsMarkdown } = await import('../render/markdown/markdown.ts')
    return { as: 'text', gap: '\n', text: tensorsMarkdown }
  },
  async csv() {
    const { csvHead, csvRows } = await import('../render/csv.ts')
    return { as: 'text', head: csvHead, gap: '', text: (report, several) => csvRows(report, several) }
  },
}
