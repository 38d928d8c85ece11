import { entry } from './entry.ts'

type Unreadable = {
  readonly problem: string
  /** Whether no library loads the checkpoint without the file. */
  readonly isNeeded?: true
}

export const configFindings = {
  'config/unreadable': entry({
    level: 'warning',
    // Nothing builds a model of a configuration that is no JSON.
    levelOf: ({ isNeeded }: Unreadable) => (isNeeded === true ? 'error' : 'warning'),
    message: ({ problem }: Unreadable) => `left out: ${problem}`,
    about: ['file'],
  }),
}
