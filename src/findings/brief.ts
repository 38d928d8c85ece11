import type { Finding } from '../model/finding.ts'
import { entryOf } from './catalogue.ts'

/** What a finding says at a glance: itself, but for lists that are longer than a screen has room for. */
export function briefly({ rule, message, fix, args }: Finding): Pick<Finding, 'message' | 'fix'> {
  const brief = args === undefined ? undefined : entryOf(rule)?.brief
  return brief?.(args as never) ?? { message, ...(fix === undefined ? {} : { fix }) }
}
