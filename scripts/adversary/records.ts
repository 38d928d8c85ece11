import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Score } from './judge.ts'

/** What was asked so far, by question and level. */
export interface AdversaryRecords {
  models: number
  unread: number
  answers: Record<string, { count: number; wrong: number }>
}

export function readRecords(file: string): AdversaryRecords {
  if (!existsSync(file)) return { models: 0, unread: 0, answers: {} }
  return JSON.parse(readFileSync(file, 'utf8')) as AdversaryRecords
}

/** Adds a run to a file. */
export function record(file: string, { models, unread, answers }: Score): void {
  const all = readRecords(file)
  all.models += models
  all.unread += unread
  for (const [key, { count, wrong }] of answers) {
    const known = all.answers[key] ?? { count: 0, wrong: 0 }
    all.answers[key] = { count: known.count + count, wrong: known.wrong + wrong }
  }
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`)
}
