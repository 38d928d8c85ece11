import type { Quantisation } from '../../model/quantisation.ts'
import type { Member } from './report-member.ts'

/**
 * What a report says that a packed tensor stands for. It may have been read from a configuration, or from values that the
 * report does not hold.
 *
 * @throws SdinspectError `format/malformed`
 */
export function quantisationOf(member: Member): Quantisation {
  const has = (key: string): boolean => member.map.has(key)
  return {
    scheme: member.text('scheme'),
    logicalElements: member.map.get('logicalElements') === null ? null : member.count('logicalElements'),
    ...(has('logicalShape') ? { logicalShape: member.counts('logicalShape') } : {}),
    ...(has('leastElements') ? { leastElements: member.count('leastElements') } : {}),
    ...(has('missing') ? { missing: member.texts('missing') } : {}),
  }
}
