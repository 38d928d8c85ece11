import type { ValueState } from '../../../src/values/statistics/value-state.ts'

/** All of a state as one text, which is compared in no time. */
export function stateText(state: ValueState | null | undefined): string {
  const fields = Object.entries(state ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify(fields, (_, value) =>
    typeof value === 'bigint' ? `${value}n` : ArrayBuffer.isView(value) ? String(value) : value,
  )
}
