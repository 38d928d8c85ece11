import type { Io } from '../io.ts'

/** The day it is in UTC, or the one that a reproducible build pretends it is. */
export function today({ env }: Io): string {
  const seconds = env.SOURCE_DATE_EPOCH ?? ''
  const date = /^\d{1,11}$/.test(seconds) ? new Date(Number(seconds) * 1_000) : new Date()
  return date.toISOString().slice(0, 10)
}
