import { entry } from './entry.ts'

type Suppressed = { suppressed: string; reason: string }

export const policyFindings = {
  'policy/expired-suppression': entry({
    level: 'error',
    message: ({ suppressed, reason, expires }: Suppressed & { expires: string }) =>
      `the suppression of ${suppressed} expired after ${expires}: ${reason}`,
    about: ['at'],
    needs: 'policy',
  }),
  'policy/unused-suppression': entry({
    level: 'warning',
    message: ({ suppressed, reason }: Suppressed) =>
      `the suppression of ${suppressed} suppresses nothing: ${reason}`,
    about: ['at'],
    needs: 'policy',
  }),
}
