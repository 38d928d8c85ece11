import { readFileSync } from 'node:fs'

/** An input that broke a fact once. */
export interface Found {
  readonly target: string
  /** In `fixtures/fuzz/found/`. */
  readonly file: string
  /** One sentence without a full stop. */
  readonly what: string
}

/** Every find, as `fixtures/fuzz/found.json` lists them. */
export function foundBefore(): readonly Found[] {
  return JSON.parse(readFileSync('fixtures/fuzz/found.json', 'utf8')) as readonly Found[]
}
