import { entry } from './entry.ts'

export const configFindings = {
  'config/unreadable': entry({
    level: 'warning',
    message: ({ problem }: { problem: string }) => `left out: ${problem}`,
    about: ['file'],
  }),
}
