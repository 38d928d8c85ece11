import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { digestValues, open, openEach } from '../../src/node.ts'
import { memorySource } from '../../src/source/memory.ts'
import { jsonText, type StateDictDigest } from '../../src/values/digest.ts'
import { packedOrPlain } from '../helpers/packed-files.ts'

const folder = fileURLToPath(new URL('../../fixtures/', import.meta.url))

async function digestOf(path: string, stateDict?: string): Promise<StateDictDigest> {
  await using checkpoint = await open(folder + path)
  return await digestValues(checkpoint, stateDict === undefined ? {} : { stateDict })
}

interface Defined {
  readonly digest: string
  readonly contents: string
  readonly tensors: Readonly<Record<string, string>>
}

// What the Python of docs/digest.md says of the live state dicts: fixtures/generate/values.py ran it.
const defined = Object.entries<Defined>(JSON.parse(readFileSync(`${folder}values/digests.json`, 'utf8')))

test.each(defined)(
  '%s has the digests that the definition gives',
  async (file, { digest, contents, tensors }) => {
    const found = await digestOf(`values/${file}`)
    expect(Object.fromEntries(found.tensors)).toEqual(tensors)
    expect(found).toMatchObject({ digest, contents })
  },
)

describe('one model in several files', () => {
  test('has one digest, and one of contents where a name was left out', async () => {
    const [pt, legacy, safetensors, untied] = await Promise.all(
      ['same.pt', 'same-legacy.pt', 'same.safetensors', 'same-untied.safetensors'].map((file) =>
        digestOf(`values/${file}`),
      ),
    )
    expect(new Set([pt?.digest, legacy?.digest, safetensors?.digest]).size).toBe(1)
    expect(untied?.digest).not.toBe(pt?.digest)
    expect(untied?.contents).toBe(pt?.contents)
  })

  test('whatever it was saved as: a state dict, live parameters, a module, before 1.6', async () => {
    const found = await Promise.all(
      ['state_dict.pt', 'keep_vars.pt', 'legacy.pth', 'module.pt'].map(async (file) => {
        await using checkpoint = await open(memorySource(packedOrPlain(`fixtures/torch/${file}`), file))
        return await digestValues(checkpoint)
      }),
    )
    expect(new Set(found.map(({ digest }) => digest)).size).toBe(1)
  })

  test('in pickles of any protocol, and compressed', async () => {
    const arrays = await Promise.all(
      [2, 3, 4, 5].map((protocol) => digestOf(`values/arrays-${protocol}.pkl`)),
    )
    expect(new Set(arrays.map(({ digest }) => digest)).size).toBe(1)
    expect((await digestOf('values/views.pt')).digest).toBe(
      (await digestOf('values/views-deflated.pt')).digest,
    )
  })
})

test('what is made of other tensors has a digest of all of them', async () => {
  const { tensors } = await digestOf('values/sparse.pt')
  expect(new Set(tensors.values()).size).toBe(tensors.size)
  const quantised = await digestOf('values/quantised.pt')
  expect(new Set(quantised.tensors.values()).size).toBe(quantised.tensors.size)
})

test('a tensor without values leaves no digest', async () => {
  await expect(digestOf('manifest.json')).rejects.toMatchObject({ code: 'usage/no-values' })
  await expect(digestOf('cnn.safetensors', 'nowhere')).rejects.toMatchObject({ code: 'usage/state-dict' })
})

test('a checkpoint of many is closed by who asked for it, and a broken one is said', async () => {
  const paths = readdirSync(`${folder}values`).filter((name) => name.endsWith('.pt'))
  const seen: string[] = []
  for await (const each of openEach([
    ...paths.map((name) => `${folder}values/${name}`),
    `${folder}nothing.pt`,
  ])) {
    if ('error' in each) seen.push(each.error.code)
    else await each.opened.close()
  }
  expect(seen).toEqual(['source/not-found'])
})

test('names are written as Python writes them', () => {
  // json.dumps of Python 3.11.
  expect(jsonText('a\x7f\x80\u20ac\ud800😀\x1f\t"\\/')).toBe(
    '"a\\u007f\\u0080\\u20ac\\ud800\\ud83d\\ude00\\u001f\\t\\"\\\\/"',
  )
})
