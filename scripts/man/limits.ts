import { defaultLimits } from '../../src/limits.ts'
import type { Manual } from './page.ts'

/** Each limit with what the comment above it in `src/limits.ts` says. */
export function limitsWithReasons(source: string): Manual['limits'] {
  return Object.entries(defaultLimits).map(([name, value]) => {
    const [, comment = ''] = new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\s*${name}:`).exec(source) ?? []
    return { name, value, reason: comment.replaceAll(/\s*\n\s*\*?\s*/g, ' ').trim() }
  })
}
