import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Target } from './target.ts'

/** Larger ones would be cut. */
const mostBytes = 16_384

/** The inputs that a target begins with, as it takes them. */
export function seedsOf({ seeds, prepare = (bytes) => bytes }: Target): Uint8Array[] {
  return seeds
    .flatMap((pattern) => filesOf(join('fixtures', pattern)))
    .flatMap((file): Uint8Array[] => {
      const bytes = readFileSync(file)
      return file.endsWith('.json.gz') ? streamsOf(bytes) : [prepare(bytes)]
    })
    .filter(({ length }) => length > 0 && length <= mostBytes)
}

function filesOf(pattern: string): string[] {
  const [before = '', after] = basename(pattern).split('*')
  if (after === undefined) return [pattern]
  const folder = dirname(pattern)
  return readdirSync(folder)
    .filter((name) => name.startsWith(before) && name.endsWith(after))
    .map((name) => join(folder, name))
}

/** Some of the streams in a sample of the differential test. */
function streamsOf(sample: Uint8Array): Uint8Array[] {
  const cases = JSON.parse(gunzipSync(sample).toString()) as readonly (readonly [string])[]
  return cases.slice(0, 300).map(([stream]) => Buffer.from(stream, 'base64'))
}
