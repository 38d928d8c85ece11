import { readdirSync, readFileSync, statSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSdinspectError } from '../../src/errors.ts'
import { openFolder } from '../../src/formats/open-folder.ts'
import { readCheckpoint } from '../../src/formats/read-checkpoint.ts'
import { defaultLimits } from '../../src/limits.ts'
import type { Checkpoint } from '../../src/model/checkpoint.ts'
import { memorySource } from '../../src/source/memory.ts'
import { memoryPlace } from '../../src/source/memory-place.ts'
import type { ByteSource, Place } from '../../src/source/source.ts'
import { copyingSource, Faults } from '../helpers/sources.ts'

const limits = defaultLimits
const fixtures = new URL('../../fixtures/', import.meta.url)
const folders = ['bart-sharded', 'hub-sharded', 'torch-sharded', 'lora']
const documents = ['manifest.json', 'live-manifest.json', 'training.json', 'header.json']

function filesOf(folder: string): Map<string, Uint8Array> {
  const at = new URL(`${folder}/`, fixtures)
  return new Map(readdirSync(at).map((name) => [name, readFileSync(new URL(name, at))]))
}

async function openOnly(place: Place): Promise<Checkpoint> {
  for await (const opened of openFolder(place, limits)) {
    if ('error' in opened) throw opened.error
    return opened.checkpoint
  }
  throw new Error('nothing opened')
}

async function read(source: ByteSource): Promise<Checkpoint> {
  return readCheckpoint(source, { limits })
}

describe.each(folders)('the folder %s', (folder) => {
  const files = filesOf(folder)

  it('fails with the injected error at every read, and closes what it opened', async () => {
    const counting = new Faults()
    await openOnly(counting.place(memoryPlace(files)))
    expect(counting.reads).toBeGreaterThan(1)
    for (let k = 0; k < counting.reads; k++) {
      const faults = new Faults(k)
      const outcome = await openOnly(faults.place(memoryPlace(files))).catch((error: unknown) => error)
      // A configuration that cannot be read is left out, with a finding; nothing else may be.
      if (isSdinspectError(outcome)) expect(outcome.message).toBe('injected')
      else {
        const rules = (outcome as Checkpoint).findings.map((finding) => finding.rule)
        expect(rules).toContain('config/unreadable')
      }
      expect(faults.closed).toBe(faults.opened)
    }
  })

  it('is read alike from views and from copies', async () => {
    const copies: Place = {
      ...memoryPlace(files, 'x'),
      open: async (name) => copyingSource(files.get(name) ?? new Uint8Array(), `x/${name}`),
    }
    const read = async (place: Place) => {
      const checkpoint = await openOnly(place)
      return checkpoint.stateDicts.map((one) => ({ ...one, tensors: [...one.tensors] }))
    }
    expect(await read(copies)).toEqual(await read(memoryPlace(files, 'x')))
  })

  it('reads no tensor values', async () => {
    let bytes = 0
    const counting: Place = {
      ...memoryPlace(files),
      open: async (name) => {
        const inner = memorySource(files.get(name) as Uint8Array, name)
        return {
          ...inner,
          async read(offset, length) {
            if (!name.endsWith('.json')) bytes += length
            return inner.read(offset, length)
          },
        }
      },
    }
    const { stateDicts } = await openOnly(counting)
    const values = [...(stateDicts[0]?.tensors ?? [])].reduce((sum, tensor) => sum + (tensor.bytes ?? 0), 0)
    const all = [...files]
      .filter(([name]) => !name.endsWith('.json'))
      .reduce((sum, [, file]) => sum + file.length, 0)
    if (folder !== 'torch-sharded') expect(bytes).toBeLessThan(all - values + 600 * files.size)
  })
})

describe.each(documents)('the document %s', (name) => {
  const path = new URL(name, fixtures)
  const bytes = new Uint8Array(readFileSync(path))

  it('is refused with a code when cut off anywhere', async () => {
    const step = Math.max(1, Math.floor(statSync(path).size / 1_500))
    for (let length = 0; length < bytes.length; length += step) {
      const outcome = await read(memorySource(bytes.subarray(0, length), name)).catch(
        (error: unknown) => error,
      )
      expect(isSdinspectError(outcome) && outcome.code).toMatch(/^format\//)
    }
  })

  it('with any bytes changed is read or refused with a code', async () => {
    const change = fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }))
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const changed = bytes.slice()
        for (const [at, byte] of changes) changed[at] = byte
        const outcome = await read(memorySource(changed, name)).catch((error: unknown) => error)
        if (outcome instanceof Error && !isSdinspectError(outcome)) throw outcome
      }),
      { numRuns: 150 },
    )
  })
})

it('any JSON value is read or refused with a code', async () => {
  const key = fc.constantFrom(
    'state_dict',
    'model',
    'weight_map',
    'shape',
    'dtype',
    'state',
    'param_groups',
    'params',
    'a',
    '__proto__',
    '__metadata__',
    'schemaVersion',
    'stateDicts',
    'checkpoints',
    'tied_to',
  )
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom<unknown>(
        'F32',
        'a',
        1,
        1.5,
        -1,
        2 ** 60,
        true,
        null,
        [],
        {},
        [1, 2],
        [[1], [2]],
        [[1], [2, 3]],
      ),
      fc.dictionary(key, tie('value'), { maxKeys: 5 }),
      fc.array(tie('value'), { maxLength: 4 }),
    ),
  }))
  await fc.assert(
    fc.asyncProperty(value, async (document) => {
      const bytes = new TextEncoder().encode(JSON.stringify(document))
      const outcome = await read(memorySource(bytes, 'x.json')).catch((error: unknown) => error)
      if (outcome instanceof Error && !isSdinspectError(outcome)) throw outcome
    }),
    { numRuns: 1_000 },
  )
})

it('any lists of numbers have the shape that their nesting gives', async () => {
  const shape = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(shape, fc.double({ noNaN: true, noDefaultInfinity: true }), async (lengths, number) => {
      const nested = lengths.reduceRight<unknown>((inner, length) => Array(length).fill(inner), number)
      const bytes = new TextEncoder().encode(JSON.stringify({ w: nested }))
      const { stateDicts } = await read(memorySource(bytes, 'x.json'))
      expect(stateDicts[0]?.tensors.at(0)?.shape).toEqual(lengths)
    }),
    { numRuns: 200 },
  )
})
