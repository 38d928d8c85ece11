import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { SdinspectError } from '../../../src/errors.ts'
import { lookup3 } from '../../../src/formats/hdf5/lookup3.ts'
import { inspect } from '../../../src/index.ts'
import type { Report } from '../../../src/model/report.ts'
import { inspectPath, open } from '../../../src/node.ts'
import { memorySource } from '../../../src/source/memory.ts'
import type { ByteSource } from '../../../src/source/source.ts'
import { packedFixture } from '../../helpers/packed-fixture.ts'

const folder = fileURLToPath(new URL('../../../fixtures/hdf5', import.meta.url))

interface Expected {
  readonly datasets: Readonly<Record<string, { type: string; shape: number[]; sha256: string }>>
  readonly trainable?: number
  readonly frozen?: number
  readonly all?: number
  readonly statistics?: number
}

/** What h5py reads, and what Keras says: fixtures/generate/hdf5_files.py. */
const expected: Record<string, Expected> = JSON.parse(
  gunzipSync(readFileSync(`${folder}/expected.json.gz`)).toString(),
)
const types: Record<string, string> = {
  float16: 'F16',
  float32: 'F32',
  float64: 'F64',
  int8: 'I8',
  int16: 'I16',
  int32: 'I32',
  int64: 'I64',
  uint8: 'U8',
  uint16: 'U16',
  uint32: 'U32',
  uint64: 'U64',
  bool: 'BOOL',
  complex64: 'C64',
  complex128: 'C128',
}

/** All tensors of a report, by their paths in the file. */
function tensorsOf(report: Report) {
  return new Map(
    report.stateDicts.flatMap(({ path, tensors }) =>
      [...tensors].map((tensor) => [path === '' ? tensor.name : `${path}.${tensor.name}`, tensor] as const),
    ),
  )
}

/** The paths of the files, unpacked. */
const names = [...Object.keys(expected), 'model.keras']
const paths = new Map(names.map((name) => [name, packedFixture(`fixtures/hdf5/${name}`)]))
const pathOf = (name: string) => paths.get(name) as string
const bytesOf = (name: string) => new Uint8Array(readFileSync(pathOf(name)))

describe.each(Object.keys(expected))('%s', (name) => {
  const { datasets } = expected[name] as Expected

  it('has the datasets that h5py finds in it', async () => {
    const found = tensorsOf(await inspectPath(pathOf(name)))
    expect(Object.fromEntries([...found].map(([path, { dtype, shape }]) => [path, [dtype, shape]]))).toEqual(
      Object.fromEntries(
        Object.entries(datasets).map(([path, { type, shape }]) => [path, [types[type], shape]]),
      ),
    )
  })

  it('gives the values that h5py gives', async () => {
    const report = await inspectPath(pathOf(name))
    const main = report.stateDicts.find(({ role }) => role === 'model') as Report['stateDicts'][number]
    const checkpoint = await open(pathOf(name))
    let digests = 0
    try {
      for (const { name: tensor } of main.tensors) {
        const path = main.path === '' ? tensor : `${main.path}.${tensor}`
        if (path === 'types.never') {
          await expect(checkpoint.values(tensor).next()).rejects.toMatchObject({ code: 'usage/no-values' })
          continue
        }
        const hash = createHash('sha256')
        for await (const { bytes } of checkpoint.values(tensor)) hash.update(bytes)
        expect([path, hash.digest('hex')]).toEqual([path, datasets[path]?.sha256])
        digests++
      }
    } finally {
      await checkpoint.close()
    }
    expect(digests).toBeGreaterThan(20)
  })
})

describe('groups of arrays', () => {
  it('name what is no array of numbers, and follow no link', async () => {
    const report = await inspectPath(pathOf('latest.h5'))
    const values = new Map(report.stateDicts[0]?.values?.map(({ name, description }) => [name, description]))
    expect(Object.fromEntries(values)).toEqual({
      'a type': 'a type of its own',
      elsewhere: 'a link to /a of the file other.h5',
      'round.again': expect.stringMatching(/^the group "many" under another name$/),
      soft: 'a link to /types/big f4',
      'types.nothing': 'nothing: an empty dataset',
      'types.records': 'records of 2 fields [2]',
      'types.text': 'a text',
    })
  })

  it('tie two names of one dataset', async () => {
    const found = tensorsOf(await inspectPath(pathOf('earliest.h5')))
    expect(found.get('again')?.tiedTo).toBe('types.little f4')
  })

  it('keep the order in which they were made, where the file has it', async () => {
    const names = [...tensorsOf(await inspectPath(pathOf('ordered.h5'))).keys()]
    expect(names.slice(0, 3)).toEqual(['many.x39', 'many.x38', 'many.x37'])
    expect(names.at(-1)).toBe('of a type')
  })
})

describe.each(['model.h5', 'model.weights.h5', 'model.keras'])('Keras: %s', (name) => {
  // The archive holds the same weights as the others.
  const said = (expected['model.h5'] ?? {}) as Expected

  it('counts parameters and statistics as Keras does', async () => {
    const report = await inspectPath(pathOf(name))
    const { totals } = report.stateDicts.find(({ role }) => role === 'model') as Report['stateDicts'][number]
    expect(totals.buffers.elements).toBe(said.statistics)
    expect(totals.parameters.elements).toBe((said.trainable ?? 0) + (said.frozen ?? 0))
    expect(totals.stored.elements).toBe(said.all)
    if (name === 'model.weights.h5') return
    expect(totals.trainable).toMatchObject({ elements: said.trainable, level: 'deduced' })
  })

  it('keeps the variables of the optimizer apart', async () => {
    const report = await inspectPath(pathOf(name))
    expect(report.stateDicts.map(({ role }) => role)).toEqual(['model', 'optimizer'])
  })
})

it('says which layer of the configuration it knows a variable from', async () => {
  const found = tensorsOf(await inspectPath(pathOf('model.keras')))
  expect(found.get('layers.dense.vars.0')).toMatchObject({
    kind: 'parameter',
    kindReason: 'config.json, which has the layer "frozen" (Dense, not trainable), says parameter',
    trainable: 'no',
  })
  // Inside a model inside the model.
  expect(found.get('layers.sequential.layers.batch_normalization.vars.3')?.kind).toBe('buffer')
})

it('reads the values of an archive where its weights are', async () => {
  const checkpoint = await open(pathOf('model.keras'))
  try {
    const hash = createHash('sha256')
    for await (const { bytes } of checkpoint.values('layers.conv2d.vars.0')) hash.update(bytes)
    expect(hash.digest('hex')).toBe(expected['model.weights.h5']?.datasets['layers.conv2d.vars.0']?.sha256)
  } finally {
    await checkpoint.close()
  }
})

describe('the checksum', () => {
  // lookup3.c, driver5: hashlittle of these with the start value 0.
  it.each([
    ['', 0xdeadbeef],
    ['Four score and seven years ago', 0x17770551],
  ])('of %j', (text, sum) => {
    expect(lookup3(new TextEncoder().encode(text))).toBe(sum)
  })

  it('is compared in the heap of links too', async () => {
    const bytes = bytesOf('latest.h5')
    const at = Buffer.from(bytes).indexOf('x17', Buffer.from(bytes).indexOf('FHDB'))
    bytes[at] = 0x79
    await expect(inspect(memorySource(bytes, 'm.h5'))).rejects.toMatchObject({
      code: 'format/malformed',
      message: expect.stringContaining('checksum'),
    })
  })

  it('is compared', async () => {
    const bytes = bytesOf('latest.h5')
    const at = Buffer.from(bytes).indexOf('OHDR') + 8
    bytes[at] = (bytes[at] as number) ^ 1
    await expect(inspect(memorySource(bytes, 'm.h5'))).rejects.toMatchObject({
      code: 'format/malformed',
      message: expect.stringContaining('checksum'),
    })
  })
})

describe('a damaged file', () => {
  it.each(['earliest.h5', 'latest.h5', 'model.keras'])(
    '%s, cut anywhere, is truncated or malformed',
    async (name) => {
      const whole = bytesOf(name)
      for (let length = 1; length < whole.length; length = Math.ceil(length * 1.31)) {
        const cut = inspect(memorySource(whole.subarray(0, length), name))
        await expect(cut).rejects.toMatchObject({ code: expect.stringMatching(/^format\//) })
      }
    },
  )

  it.each(['earliest.h5', 'latest.h5', 'ordered.h5', 'model.h5'])(
    '%s with any byte changed is read or refused, in few reads',
    async (name) => {
      const whole = bytesOf(name)
      let state = 12_345
      const random = (below: number) => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
        return state % below
      }
      let refused = 0
      for (let run = 0; run < 250; run++) {
        const bytes = whole.slice()
        for (let change = 0; change <= random(4); change++) {
          const at = random(bytes.length)
          bytes[at] = [0, 0xff, 0x80, 1, random(256)][random(5)] as number
        }
        let read = 0
        const memory = memorySource(bytes, name)
        const counted: ByteSource = {
          ...memory,
          read(offset, length) {
            read += length
            return memory.read(offset, length)
          },
        }
        try {
          await inspect(counted)
        } catch (error) {
          expect(error).toBeInstanceOf(SdinspectError)
          refused++
        }
        expect(read).toBeLessThan(4 * whole.length + 1_000_000)
      }
      expect(refused).toBeGreaterThan(5)
    },
  )
})
