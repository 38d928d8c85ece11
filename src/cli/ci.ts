import type { Io } from './io.ts'

/** Whether a CI system says that it runs us. */
export function isCi(env: Io['env']): boolean {
  return !['', '0', 'false'].includes((env.CI ?? '').toLowerCase())
}
