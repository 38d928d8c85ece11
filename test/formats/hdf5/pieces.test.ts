import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { SdinspectError } from '../../../src/errors.ts'
import { open } from '../../../src/index.ts'
import { memorySource } from '../../../src/source/memory.ts'

const folder = new URL('../../../fixtures/hdf5/', import.meta.url)
const unpacked = (name: string) =>
  new Uint8Array(brotliDecompressSync(readFileSync(new URL(`${name}.br`, folder))))
type Described = Readonly<Record<string, { type: string; shape: number[]; sha256: string }>>
/** What h5py reads: fixtures/generate/hdf5_pieces.py. */
const expected: Readonly<Record<string, Described>> = JSON.parse(
  gunzipSync(readFileSync(new URL('pieces.json.gz', folder))).toString(),
)

async function digests(bytes: Uint8Array, windowBytes?: number): Promise<Record<string, string>> {
  const checkpoint = await open(memorySource(bytes, 'm.h5'))
  const found: Record<string, string> = {}
  try {
    for (const { name } of checkpoint.tensors) {
      const hash = createHash('sha256')
      try {
        for await (const window of checkpoint.values(name, windowBytes === undefined ? {} : { windowBytes }))
          hash.update(window.bytes)
        found[name] = hash.digest('hex')
      } catch (error) {
        found[name] = error instanceof SdinspectError ? error.code : String(error)
      }
    }
  } finally {
    await checkpoint.close()
  }
  return found
}

describe.each(Object.keys(expected))('values in pieces: %s', (name) => {
  const bytes = unpacked(`${name}.h5`)
  const read = Object.fromEntries(
    Object.entries(expected[name] as Described).map(([path, { sha256 }]) => [
      path,
      path === 'unread.scaled' ? 'usage/no-values' : sha256,
    ]),
  )
  // h5py visits a dataset of two names once.
  if (name !== 'pieces-far') read['odd.shorter'] = read['odd.again'] as string

  it('are those that h5py reads', async () => {
    expect(await digests(bytes)).toEqual(read)
  })

  it('are the same in small windows', async () => {
    if (name === 'pieces-far') return
    expect(await digests(bytes, 48)).toEqual(read)
  })
})

it('says which pieces are not read, and why', async () => {
  const { report } = await open(memorySource(unpacked('pieces-latest.h5'), 'm.h5'))
  expect(report.findings.filter(({ rule }) => rule.startsWith('hdf5/'))).toMatchObject([
    {
      rule: 'hdf5/chunked',
      message:
        'tensor "unread.scaled" is stored in pieces with the filter scaleoffset: the values cannot be read',
    },
  ])
})

it('refuses a piece whose bytes are not those of its checksum', async () => {
  const bytes = unpacked('pieces-latest.h5')
  const checkpoint = await open(memorySource(bytes, 'm.h5'))
  const tensor = [...(checkpoint.checkpoint.stateDicts[0]?.tensors ?? [])].find(
    ({ name }) => name === 'all.larger',
  )
  const values = tensor?.values
  if (values === undefined || typeof values === 'string') throw new Error('it has no values')
  const all = async (changed: Uint8Array) => {
    const other = await open(memorySource(changed, 'm.h5'))
    for await (const _ of other.values('all.larger'));
  }
  await all(bytes)
  for (const { offset, length } of values.chunks) {
    const changed = bytes.slice()
    const at = offset + (length >> 1)
    changed[at] = (changed[at] as number) ^ 0x10
    await expect(all(changed)).rejects.toMatchObject({ code: 'format/malformed' })
  }
})
