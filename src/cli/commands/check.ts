import type { CheckedCheckpoint } from '../../check/run.ts'
import { SdinspectError } from '../../errors.ts'
import type { Call, Command } from '../command.ts'
import type { ExitCode } from '../io.ts'
import { withNewlines } from '../lines.ts'
import { readLevels } from '../rule-levels.ts'

export const check: Command = {
  name: 'check',
  summary: 'is it sound, and what it should be? for people and CI',
  operands: [
    {
      name: '[path...]',
      help: 'files, folders, indexes, globs in quotes; without any, the paths of the policy',
    },
  ],
  flags: [
    'format',
    'json',
    'output',
    'quiet',
    'rule',
    'failOn',
    'maxWarnings',
    'exitZero',
    'frozen',
    'limit',
    'color',
    'noColor',
    'ascii',
  ],
  formats: ['text', 'json'],
  examples: [
    ['models/llama-3-8b', 'soundness rules'],
    ['model.safetensors --fail-on warning', 'warnings fail too'],
  ],
  async run(call) {
    const { options, output, operands } = call
    if (operands.length === 0) throw new SdinspectError('usage/arguments', 'no path to check was given')
    const { checkReport } = await import('../../check/check-report.ts')
    const checked: CheckedCheckpoint[] = []
    for await (const one of checkedPaths(call)) checked.push(one)
    for (const { error, path } of checked) if (error !== null) await call.talk.error(error, path)
    const report = checkReport(checked, [], {
      policy: null,
      threshold: { failOn: options.failOn, maxWarnings: options.maxWarnings },
    })
    if (options.format === 'json') {
      const { json } = await import('../../render/json.ts')
      await output.write(json(report))
    } else {
      const [{ checkText }, { loadTheme }] = await Promise.all([
        import('../../render/check-text.ts'),
        import('../../render/theme.ts'),
      ])
      await output.write(withNewlines(checkText(report, options, await loadTheme(output.look))))
    }
    return exitCodeOf(report.status, options.exitZero)
  },
}

async function* checkedPaths({ library, operands, options }: Call): AsyncGenerator<CheckedCheckpoint> {
  const [{ checkCheckpoint, checkFailure }, { inspectCheckpoint }] = await Promise.all([
    import('../../check/run.ts'),
    import('../../inspect.ts'),
  ])
  const levels = await readLevels(options.rules)
  for await (const opened of library.openPaths(operands, { limits: options.limits })) {
    if ('error' in opened) yield checkFailure(opened.path, opened.error, levels)
    else {
      const report = inspectCheckpoint(opened.checkpoint, { path: opened.path, frozen: options.frozen })
      yield checkCheckpoint(opened.checkpoint, report, { levels })
    }
  }
}

function exitCodeOf(status: 'pass' | 'fail' | 'error', exitZero: boolean): ExitCode {
  if (status === 'error') return 2
  return status === 'fail' && !exitZero ? 1 : 0
}
