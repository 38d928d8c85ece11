import { viewsOf } from '../../render/renderers.ts'
import { command } from '../command.ts'
import { answering, caching, looking, reading } from '../flags.ts'
import type { ExitCode, Io } from '../io.ts'

export const check = command({
  name: 'check',
  summary: 'is it sound, and what it should be? for people and CI',
  operands: [
    {
      name: '[path...]',
      help: 'files, folders, indexes, globs in quotes, or - for standard input; without any, the paths of the policy',
    },
  ],
  flags: [
    ...answering,
    'lockFile',
    'rules',
    'reports',
    'failOn',
    'maxWarnings',
    'exitZero',
    'baseline',
    'showSuppressed',
    'all',
    'allowEmpty',
    'recurse',
    'values',
    'sample',
    'base',
    ...reading,
    ...caching,
    ...looking,
  ],
  views: viewsOf('check'),
  examples: [
    ['models/llama-3-8b', 'is it sound? no policy needed'],
    ['', 'the paths of sdinspect.yaml'],
    ['models --report sarif=out.sarif --report junit=junit.xml', 'text here, reports in files'],
    ['model.safetensors --values', 'NaN, Inf, weights of zeros, and checksums: all bytes are read'],
    ['model.pt --rule contents/training-state=off --fail-on warning', 'other levels'],
  ],
  async run(call) {
    const [{ wantedReports, writeReports }, { runCheck }] = await Promise.all([
      import('../reports.ts'),
      import('../check-run.ts'),
    ])
    const wanted = wantedReports(call.options)
    const { report, inputs } = await runCheck(call, today(call.io))
    await writeReports(wanted, report, inputs, call)
    return exitCodeOf(report.status, call.options.exitZero)
  },
})

/** The day it is in UTC, or the one that a reproducible build pretends it is. */
function today({ env }: Io): string {
  const seconds = env.SOURCE_DATE_EPOCH ?? ''
  const date = /^\d{1,11}$/.test(seconds) ? new Date(Number(seconds) * 1_000) : new Date()
  return date.toISOString().slice(0, 10)
}

function exitCodeOf(status: 'pass' | 'fail' | 'error', exitZero: boolean): ExitCode {
  if (status === 'error') return 2
  return status === 'fail' && !exitZero ? 1 : 0
}
