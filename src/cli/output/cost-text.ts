import { bytesText } from '../../model/bytes-text.ts'
import { plural } from '../../render/text.ts'
import type { Traffic } from '../../source/traffic.ts'

/** What a run asked of servers: `5 requests, 312 kB of 141 GB, 0.9 s`. */
export function costText({ requests, bytes, of }: Traffic, milliseconds: number): string {
  const share = of === 0 ? bytesText(bytes) : `${bytesText(bytes)} of ${bytesText(of)}`
  return `${plural(requests, 'request')}, ${share}, ${(milliseconds / 1_000).toFixed(1)} s`
}
