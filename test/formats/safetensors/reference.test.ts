import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { isSdinspectError } from '../../../src/errors.ts'
import { detectFormat, headBytes } from '../../../src/formats/index.ts'
import { defaultLimits } from '../../../src/limits.ts'
import { memorySource } from '../../../src/source/memory.ts'

const project = new URL('../../../', import.meta.url)
const folder = new URL('fixtures/hostile/st/', project)
const text = (url: URL) => readFileSync(url, 'utf8')

/** File to what the reference library read, in name order; null where it refused. */
const reference = new Map(
  gunzipSync(readFileSync(new URL('reference.tsv.gz', folder)))
    .toString()
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => {
      const [file = '', verdict, detail = ''] = line.split('\t')
      return [file, verdict === 'OK' ? (JSON.parse(detail) as Entry[]) : null]
    }),
)
type Entry = [name: string, dtype: string, shape: number[]]

/** Files the published list says are refused where the library accepts. */
const deviations = new Set(
  [...text(new URL('docs/deviations.md', project)).matchAll(/`([A-E]\d\d_\w+)`/g)].map(
    ([, name]) => `${name}.safetensors`,
  ),
)

async function read(file: string): Promise<Entry[] | null> {
  const place = new URL(file, folder)
  const bytes = existsSync(place)
    ? readFileSync(place)
    : gunzipSync(readFileSync(new URL(`${file}.gz`, folder)))
  const source = memorySource(bytes, file)
  try {
    const checkpoint = await detectFormat(bytes.subarray(0, headBytes), source).read(source, {
      limits: defaultLimits,
    })
    expect(checkpoint.format).toBe('safetensors')
    return (checkpoint.stateDicts[0]?.tensors ?? []).map(({ name, dtype, shape }) => [
      name,
      dtype ?? '',
      [...shape],
    ])
  } catch (error) {
    if (isSdinspectError(error)) return null
    throw error
  }
}

describe('the reference library’s verdicts', () => {
  it('are there for every file', () => {
    const files = readdirSync(folder)
      .map((name) => name.replace(/\.gz$/, ''))
      .filter((name) => name.endsWith('.safetensors'))
    expect([...reference.keys()].sort()).toEqual(files.sort())
    expect(files.length).toBeGreaterThan(50)
  })

  it.each([...reference])('are ours, or a published deviation: %s', async (file, expected) => {
    const found = await read(file)
    if (deviations.has(file)) {
      expect(expected).not.toBeNull()
      expect(found).toBeNull()
      return
    }
    const byName = (a: Entry, b: Entry) => (a[0] < b[0] ? -1 : 1)
    expect(found === null ? null : found.sort(byName)).toEqual(expected)
  })

  it('are deviated from only in files that exist', () => {
    expect(deviations.size).toBeGreaterThan(0)
    for (const file of deviations) expect(reference.has(file)).toBe(true)
  })
})
