import { RealNumber, type Skeleton } from '../../codec/json-skeleton.ts'
import type { Finding, FindingArg, FindingArgs } from '../../model/finding.ts'
import type { Member } from './report-member.ts'

/**
 * A finding that an earlier report holds.
 *
 * @throws SdinspectError `format/malformed` when it is not one
 */
export function findingOf(finding: Member): Finding {
  const optional = (key: 'file' | 'tensor' | 'key' | 'fix'): Partial<Finding> =>
    finding.map.has(key) ? { [key]: finding.text(key) } : {}
  return {
    rule: finding.text('rule'),
    level: finding.oneOf('level', ['error', 'warning', 'info']),
    message: finding.text('message'),
    ...optional('file'),
    ...optional('tensor'),
    ...optional('key'),
    ...(finding.map.has('args') ? { args: argsOf(finding.object('args')) } : {}),
    ...optional('fix'),
  }
}

function argsOf(args: Member): FindingArgs {
  return Object.fromEntries([...args.map].map(([key, value]) => [key, argOf(args, key, value)]))
}

function argOf(args: Member, key: string, value: Skeleton): FindingArg {
  if (value instanceof RealNumber) return value.value
  if (value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean')
    return value
  return args.texts(key)
}
