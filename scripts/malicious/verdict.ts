import type { CheckReport } from '../../src/check/check-report.ts'

/** What a check of one file comes to. */
export interface Verdict {
  /** As the command line ends. */
  readonly exit: 0 | 1 | 2
  /** Its first finding or why there is no verdict, on one line. */
  readonly said: string
}

export function verdictOf({ status, findings, checkpoints }: CheckReport): Verdict {
  const exit = status === 'error' ? 2 : status === 'fail' ? 1 : 0
  const [first] = findings
  const unread = checkpoints.find(({ error }) => error !== null)?.error?.message
  const text = exit === 2 ? unread : first === undefined ? 'no findings' : `${first.rule}: ${first.message}`
  return { exit, said: JSON.stringify(text ?? '').slice(1, 161) }
}
