import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type OpenCheckpoint, open, type ValuesOptions } from '../../src/node.ts'
import { memorySource } from '../../src/source/memory.ts'
import type { ByteSource } from '../../src/source/source.ts'
import { packedOrPlain } from '../helpers/packed-files.ts'

// What fixtures/generate/digests.py says of every tensor of every fixture, by the libraries that load the files.

const folder = fileURLToPath(new URL('../../fixtures', import.meta.url))

interface Entry {
  readonly name: string
  readonly dtype: string
  /** Of the values; of each part of a sparse tensor. */
  readonly sha256: string | Readonly<Record<string, string>>
}

/** A fixture, and its entries by the path of their state dict. */
interface Fixture {
  readonly path: string
  readonly entries: Readonly<Record<string, readonly Entry[]>>
}

const json = (name: string) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'))
const packed = (name: string) => JSON.parse(gunzipSync(readFileSync(`${folder}/${name}`)).toString())
const truths = (within: string): Fixture[] =>
  readdirSync(`${folder}/${within}`)
    .filter((name) => name.endsWith('.truth.json'))
    .map((name) => ({
      path: within + name.slice(0, -'.truth.json'.length),
      entries: { '': json(within + name).entries },
    }))
const ofVersions = readdirSync(`${folder}/torch`)
  .filter((name) => name.startsWith('torch-'))
  .flatMap((version): Fixture[] =>
    Object.entries(packed(`torch/${version}/expected.json.gz`).files).map(([name, file]) => ({
      path: `torch/${version}/${name}`,
      entries: (file as { stateDicts: Fixture['entries'] }).stateDicts,
    })),
  )
const fixtures = [...truths(''), ...truths('torch/'), ...ofVersions]

/** Where a fixture is: a path, or its bytes where it is kept compressed. */
function placeOf(path: string): string | ByteSource {
  const plain = `${folder}/${path}`
  return existsSync(plain) ? plain : memorySource(packedOrPlain(`fixtures/${path}`), path)
}

async function sha256(checkpoint: OpenCheckpoint, name: string, dtype: string, options: ValuesOptions) {
  const hash = createHash('sha256')
  for await (const window of checkpoint.values(name, options)) {
    // Lists of JSON do not say of which type their numbers were.
    const isText = window.dtype !== dtype && (window.dtype === 'F64' || window.dtype === 'I64')
    if (isText && dtype === 'F32') hash.update(Float32Array.from(window.view ?? [], Number))
    else hash.update(window.bytes)
  }
  return hash.digest('hex')
}

async function compare(
  checkpoint: OpenCheckpoint,
  name: string,
  dtype: string,
  digest: string,
  options: ValuesOptions,
) {
  for (const window of [{}, { windowBytes: 1 }]) {
    const found = await sha256(checkpoint, name, dtype, { ...options, ...window })
    expect([name, options.part, window, found]).toEqual([name, options.part, window, digest])
  }
}

describe.each(fixtures.map((fixture) => [fixture.path, fixture] as const))('%s', (_, { path, entries }) => {
  test('gives the values of every tensor, in windows of any size', async () => {
    const checkpoint = await open(placeOf(path))
    const { stateDicts } = checkpoint.checkpoint
    for (const [at, expected] of Object.entries(entries)) {
      const stateDict = at === '' ? stateDicts[0] : stateDicts.find((one) => one.path === at)
      for (const { name, dtype, sha256: digest } of expected) {
        const tensor = stateDict?.tensors.find((one) => one.name === name)
        const missing = { meta: 'meta', absent: 'not in this file' }[digest as string]
        if (missing !== undefined) expect([name, tensor?.values]).toEqual([name, missing])
        else if (typeof digest === 'string')
          await compare(checkpoint, name, dtype, digest, { stateDict: stateDict?.path ?? '' })
        else {
          expect([name, tensor?.values]).toEqual([name, 'in its parts'])
          for (const [part, partDigest] of Object.entries(digest))
            await compare(checkpoint, name, '', partDigest, { part })
        }
      }
    }
    await checkpoint.close()
  })
})

interface Stored {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly sha256?: string
  readonly parts?: Readonly<Record<string, Stored>>
  readonly tiedTo?: string
}

// What fixtures/generate/values.py says of the live tensors and arrays that it wrote.
const written = packed('values/expected.json.gz') as Record<string, string | Record<string, Stored>>
const stored = Object.entries(written).map(
  ([file, entries]) =>
    [file, typeof entries === 'string' ? written[entries] : entries] as [string, Record<string, Stored>],
)

describe.each(stored)('values/%s', (file, entries) => {
  test('gives every value that was written, with its shape, type and ties', async () => {
    const checkpoint = await open(`${folder}/values/${file}`)
    const found = new Map(checkpoint.tensors.map((tensor) => [tensor.name, tensor]))
    expect([...found.keys()].sort()).toEqual(Object.keys(entries).sort())
    const isText = file.endsWith('.json')
    for (const [name, { dtype, shape, sha256: digest, parts, tiedTo }] of Object.entries(entries)) {
      const tensor = found.get(name)
      const isTyped = !isText || dtype === 'BOOL'
      expect([name, tensor?.dtype, tensor?.shape, tensor?.tiedTo]).toEqual([
        name,
        isTyped ? dtype : null,
        shape,
        tiedTo ?? null,
      ])
      if (digest !== undefined) await compare(checkpoint, name, dtype, digest, {})
      for (const [part, of] of Object.entries(parts ?? {}))
        await compare(checkpoint, name, of.dtype, of.sha256 ?? '', { part })
      if (isText)
        for await (const window of checkpoint.values(name))
          expect([name, window.dtype]).toEqual([name, dtype])
    }
    await checkpoint.close()
  })
})
