import { bytesText } from '../model/bytes-text.ts'
import type { Coverage } from '../model/values/statistics.ts'
import { count } from './text.ts'

/** What was read, and whether that is all: `COMPLETE  412/412 tensors, 16.1 GB`. */
export function coverageText({ state, tensors, tensorsRead, bytesRead }: Coverage): string {
  return `${state.toUpperCase()}  ${count(tensorsRead)}/${count(tensors)} tensors, ${bytesText(bytesRead)} read`
}
