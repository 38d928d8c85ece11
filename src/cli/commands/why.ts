import { isSdinspectError, SdinspectError } from '../../errors.ts'
import { viewsOf } from '../../render/renderers.ts'
import type { Why } from '../../render/results.ts'
import { answering, caching, looking, reading } from '../arguments/flags.ts'
import { type SaidFlag, saidBy } from '../arguments/said.ts'
import { isCi } from '../ci.ts'
import { type Call, command, type Outcome } from '../command.ts'
import { isThere } from '../files/is-there.ts'
import { showEach, tried } from '../output/show.ts'

export const why = command({
  name: 'why',
  summary: 'all evidence for what a tensor is, and what won',
  operands: [
    { name: '<path>', help: 'a file, a folder, an index, or - for standard input' },
    {
      name: '<pattern>',
      completes: 'tensors',
      help: 'names of tensors: fc.weight, **.bias, layers.{0..3}.*',
    },
  ],
  flags: [...answering, 'at', 'all', ...reading, ...caching, ...looking],
  views: viewsOf('why'),
  examples: [
    ["model.safetensors 'bn1.*'", 'what is known of the tensors of bn1, and how'],
    ["model.safetensors '**.bias' --json", 'of all biases, for a program'],
    ["checkpoint.ckpt '**' --at ema", 'of another state dict of the file'],
  ],
  async run(call) {
    const [, pattern = ''] = call.operands
    const seen: { fitted: boolean; names: string[] } = { fitted: false, names: [] }
    const exitCode = await showEach(call, explained(call, pattern, seen), await call.view())
    if (seen.fitted || seen.names.length === 0) return exitCode
    const { missedPattern } = await import('../arguments/narrowing.ts')
    await call.talk.error(missedPattern(`the pattern ${JSON.stringify(pattern)}`, pattern, seen.names))
    return 2
  },
})

async function* explained(
  call: Call<'at' | SaidFlag | 'config' | 'limits' | 'keepHeaders'>,
  pattern: string,
  seen: { fitted: boolean; names: string[] },
): AsyncGenerator<Outcome<Why>> {
  const { library, operands, options, io } = call
  const { at, limits, keepHeaders } = options
  const plainNames = !isCi(io.env)
  const [{ explain }, { compilePattern }, { chosenStateDict }] = await Promise.all([
    import('../../explain.ts'),
    import('../../model/names/pattern.ts'),
    import('../../model/select.ts'),
  ])
  const matches = compilePattern(pattern)
  const { statementsFor, smallValues, ...said } = await saidBy(call)
  const reading = { limits, keepHeaders, plainNames, smallValues }
  for await (const opened of library.openPaths(operands.slice(0, 1), reading)) {
    if ('error' in opened) {
      yield { ...opened, error: await withOrder(opened.error, pattern) }
      continue
    }
    const { path, checkpoint } = opened
    yield tried(path, () => {
      const stateDict = chosenStateDict(checkpoint.stateDicts, at)
      const statements = statementsFor?.({ path, files: checkpoint.files })
      const explanations =
        stateDict === null ? [] : explain(checkpoint, stateDict, matches, { ...said, statements })
      if (explanations.length > 0) seen.fitted = true
      else
        for (const list of [stateDict?.tensors ?? [], stateDict?.values ?? []])
          for (const { name } of list) seen.names.push(name)
      const { files, findings } = checkpoint
      return { path, files, findings, stateDict: stateDict?.path ?? '', explanations }
    })
  }
}

/** Of a path that is not there, beside a pattern that is: that they are the other way round. */
async function withOrder(error: unknown, pattern: string): Promise<unknown> {
  if (!isSdinspectError(error, 'source/not-found')) return error
  if (!(await isThere(pattern))) return error
  const hint = 'the path comes first: sdinspect why PATH PATTERN'
  return new SdinspectError(error.code, error.message, { file: error.file, hint })
}
