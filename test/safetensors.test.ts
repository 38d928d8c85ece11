import { describe, expect, it } from 'vitest'
import {
  defaultLimits,
  isSdinspectError,
  memorySource,
  parseHeader,
  readSafetensors,
} from '../src/safetensors.ts'
import { Distance } from './helpers/distance.ts'
import { entry, safetensorsBytes } from './helpers/safetensors-bytes.ts'

const header = { __metadata__: { format: 'pt' }, b: entry('U8', [2], 0, 2), a: entry('U8', [3], 2, 5) }
const bytes = safetensorsBytes({ header, data: Uint8Array.of(1, 2, 3, 4, 5) })

describe('readSafetensors', () => {
  it('reads bytes, a Blob and a source alike, and a tensor’s bytes when asked', async () => {
    for (const input of [bytes, new Blob([bytes as Uint8Array<ArrayBuffer>]), memorySource(bytes)]) {
      const file = await readSafetensors(input)
      expect(file.tensors.map(({ name }) => name)).toEqual(['b', 'a'])
      expect([...file.metadata]).toEqual([['format', 'pt']])
      expect([...(await file.read('a'))]).toEqual([3, 4, 5])
      expect(file.hasTensor('__proto__')).toBe(false)
      await expect(file.read('c')).rejects.toMatchObject({ code: 'usage/arguments' })
    }
  })

  it('reads a header at a distance in one round, and ends with the signal', async () => {
    const far = new Distance()
    const file = await readSafetensors(far.source(bytes, 'm.safetensors'))
    expect(far.rounds).toHaveLength(1)
    expect([...(await file.read('a'))]).toEqual([3, 4, 5])
    const controller = new AbortController()
    const stuck = { ...memorySource(bytes), read: () => new Promise<Uint8Array>(() => {}) }
    const reading = readSafetensors(stuck, { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(reading).rejects.toThrow('enough')
    await expect(file.read('a', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    })
  })

  it('says which file an error is about, and takes limits', async () => {
    const error = await readSafetensors(memorySource(bytes, 'm.safetensors'), {
      limits: { headerBytes: 10 },
    }).catch((reason) => reason)
    expect(isSdinspectError(error, 'limit/exceeded')).toBe(true)
    expect(error.file).toBe('m.safetensors')
  })

  it('reads a header alone, without the file it is from', () => {
    const json = new TextEncoder().encode(JSON.stringify(header))
    const parsed = parseHeader(json, { limits: defaultLimits, file: 'x' })
    expect(parsed).toMatchObject({ dataOffset: 8 + json.length, dataBytes: 5 })
  })
})
