import type { CheckpointFile } from '../../model/checkpoint.ts'
import type { Explanation } from '../../model/explanation.ts'
import type { Finding } from '../../model/finding.ts'
import { answer, tried, type View } from '../answer.ts'
import type { Call, Command, Outcome } from '../command.ts'
import { withNewlines } from '../lines.ts'
import type { Options } from '../options.ts'

/** What speaks about the tensors of one checkpoint that fit a pattern. */
interface Why {
  readonly path: string
  readonly files: readonly CheckpointFile[]
  readonly findings: readonly Finding[]
  readonly stateDict: string
  readonly explanations: readonly Explanation[]
}

export const why: Command = {
  name: 'why',
  summary: 'all evidence for what a tensor is, and what won',
  operands: [
    { name: '<path>', help: 'a file, a folder, an index, or - for standard input' },
    { name: '<pattern>', help: 'names of tensors: fc.weight, **.bias, layers.{0..3}.*' },
  ],
  flags: ['format', 'json', 'output', 'quiet', 'at', 'frozen', 'limit', 'color', 'noColor', 'ascii'],
  formats: ['text', 'json', 'ndjson', 'md'],
  examples: [["model.safetensors 'bn1.*'", 'what is known of the tensors of bn1, and how']],
  async run(call) {
    const [, pattern = ''] = call.operands
    const seen: { fitted: boolean; names: string[] } = { fitted: false, names: [] }
    const verdict = await answer(call, explained(call, pattern, seen), await views[call.options.format](call))
    if (seen.fitted || seen.names.length === 0) return verdict
    const { missedPattern } = await import('../narrowing.ts')
    await call.talk.error(missedPattern(`the pattern ${JSON.stringify(pattern)}`, pattern, seen.names))
    return 2
  },
}

async function* explained(
  { library, operands, options: { at, frozen, limits } }: Call,
  pattern: string,
  seen: { fitted: boolean; names: string[] },
): AsyncGenerator<Outcome<Why>> {
  const [{ explain }, { anyPattern, compilePattern }, { chosenStateDict }] = await Promise.all([
    import('../../explain.ts'),
    import('../../model/pattern.ts'),
    import('../../model/select.ts'),
  ])
  const matches = compilePattern(pattern)
  const isFrozen = frozen.length === 0 ? null : anyPattern(frozen)
  for await (const opened of library.openPaths(operands.slice(0, 1), { limits })) {
    if ('error' in opened) {
      yield opened
      continue
    }
    const { path, checkpoint } = opened
    yield tried(path, () => {
      const stateDict = chosenStateDict(checkpoint.stateDicts, at)
      const explanations = stateDict === null ? [] : explain(checkpoint, stateDict, matches, isFrozen)
      if (explanations.length > 0) seen.fitted = true
      else for (const { name } of stateDict?.tensors ?? []) seen.names.push(name)
      const { files, findings } = checkpoint
      return { path, files, findings, stateDict: stateDict?.path ?? '', explanations }
    })
  }
}

const views: Record<Options['format'], (call: Call) => Promise<View<Why>>> = {
  async text({ output }) {
    const [{ whyText }, { loadTheme }] = await Promise.all([
      import('../../render/terminal/why-text.ts'),
      import('../../render/terminal/theme.ts'),
    ])
    const theme = await loadTheme(output.look)
    return { as: 'text', gap: '\n', text: (why) => withNewlines(whyText(why.explanations, theme)) }
  },
  async json() {
    const { whyAnswer } = await import('../../render/json/answers.ts')
    return { as: 'document', document: (why) => whyAnswer(why.path, why.stateDict, why.explanations) }
  },
  async ndjson() {
    return { as: 'records', records: (why) => why.explanations }
  },
  async md() {
    const { whyMarkdown } = await import('../../render/markdown/why-markdown.ts')
    return { as: 'text', gap: '\n', text: (why) => whyMarkdown(why.explanations) }
  },
  csv: () => Promise.reject(new Error('why has no CSV')),
}
