import { readFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { inspect, memoryPlace, memorySource } from '../../src/index.ts'
import { defaultLimits } from '../../src/limits.ts'
import { readStream } from '../../src/source/read-stream.ts'
import type { ByteSource, Place } from '../../src/source/source.ts'
import { together } from '../../src/source/together.ts'
import { type Progress, Watch } from '../../src/source/watch.ts'

const cnn = new Uint8Array(readFileSync(new URL('../../fixtures/cnn.safetensors', import.meta.url)))
const folder = new URL('../../fixtures/hub-sharded/', import.meta.url)
const shardNames = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors']
const index = 'model.safetensors.index.json'
const sharded = new Map(
  [index, ...shardNames].map((name) => [name, new Uint8Array(readFileSync(new URL(name, folder)))]),
)

/** `bytes`, with reads that give what `give` makes of them. */
function odd(bytes: Uint8Array, give: (asked: Uint8Array) => unknown): ByteSource {
  const inner = memorySource(bytes, 'odd.safetensors')
  return {
    ...inner,
    read: async (offset, length) => give(await inner.read(offset, length)) as Uint8Array,
  }
}

describe('a source that somebody else wrote', () => {
  it.each([
    ['fewer bytes than asked for', (asked: Uint8Array) => asked.subarray(1)],
    ['more bytes than asked for', (asked: Uint8Array) => new Uint8Array(asked.length + 1)],
    ['nothing', () => undefined],
    ['text', (asked: Uint8Array) => 'x'.repeat(asked.length)],
  ])('is refused when it gives %s', async (_, give) => {
    await expect(inspect(odd(cnn, give))).rejects.toMatchObject({
      code: 'source/short-read',
      file: 'odd.safetensors',
    })
  })

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    'is refused when it says that its size is %d',
    async (size) => {
      await expect(inspect({ ...memorySource(cnn, 'x'), size })).rejects.toMatchObject({
        code: 'source/io',
        file: 'x',
      })
    },
  )

  it('is refused when it is shorter than it says', async () => {
    const lying = { ...memorySource(cnn.subarray(0, 100), 'x.safetensors'), size: cnn.length }
    await expect(inspect(lying)).rejects.toMatchObject({ code: 'format/truncated', file: 'x.safetensors' })
  })
})

/** A source whose reads never come back, and that says what it was told. */
function stuck(): ByteSource & { signals: (AbortSignal | undefined)[]; closed: number } {
  const signals: (AbortSignal | undefined)[] = []
  return {
    name: 'stuck',
    size: 1_000,
    signals,
    closed: 0,
    read(_offset, _length, options) {
      signals.push(options?.signal)
      return new Promise(() => {})
    },
    async close() {
      this.closed++
    },
  }
}

describe('a signal', () => {
  it('ends a read that never comes back, with its own reason', async () => {
    const source = stuck()
    const controller = new AbortController()
    const inspected = inspect(source, { signal: controller.signal })
    await vi.waitFor(() => expect(source.signals).toEqual([controller.signal]))
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(inspected).rejects.toBe(reason)
    expect(source.closed).toBe(0)
  })

  it('that came before lets nothing be read', async () => {
    const source = stuck()
    await expect(inspect(source, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    })
    expect(source.signals).toEqual([])
  })

  it('ends the reading of shards and closes those that are open', async () => {
    const controller = new AbortController()
    const open = stuck()
    const inner = memoryPlace(sharded)
    const place: Place = {
      ...inner,
      open: async (name) => (name === shardNames[1] ? open : inner.open(name)),
    }
    const inspected = inspect(await inner.open(index), { place, signal: controller.signal })
    await vi.waitFor(() => expect(open.signals.length).toBe(1))
    controller.abort()
    await expect(inspected).rejects.toMatchObject({ name: 'AbortError' })
    expect(open.closed).toBe(1)
  })

  it('closes a file that opens too late', async () => {
    const controller = new AbortController()
    let opened = (_: ByteSource): void => {}
    const place = new Watch({ signal: controller.signal }).place({
      name: 'slow',
      list: async () => null,
      open: () => new Promise((resolve) => (opened = resolve)),
    })
    const opening = place.open('x')
    await Promise.resolve()
    controller.abort()
    await expect(opening).rejects.toMatchObject({ name: 'AbortError' })
    const late = stuck()
    opened(late)
    await vi.waitFor(() => expect(late.closed).toBe(1))
  })

  it('is listened to once, however many reads wait for it, and no more when they are done', async () => {
    const controller = new AbortController()
    const add = vi.spyOn(controller.signal, 'addEventListener')
    const remove = vi.spyOn(controller.signal, 'removeEventListener')
    const source = new Watch({ signal: controller.signal }).source(memorySource(cnn))
    await Promise.all(Array.from({ length: 100 }, (_, i) => source.read(i, 8)))
    expect(add).toHaveBeenCalledTimes(1)
    expect(remove).toHaveBeenCalledTimes(1)
    expect(remove.mock.calls[0]?.[1]).toBe(add.mock.calls[0]?.[1])
  })

  it('is heard among reads that never wait', async () => {
    const controller = new AbortController()
    const source = new Watch({ signal: controller.signal }).source(memorySource(cnn))
    setTimeout(() => controller.abort(), 0)
    const reading = (async () => {
      for (;;) await source.read(0, 8)
    })()
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('ends the wait for a stream that brings nothing', async () => {
    const controller = new AbortController()
    let isLeft = false
    const stream: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: () => {
          isLeft = true
          return new Promise(() => {})
        },
      }),
    }
    const reading = readStream(stream, '-', defaultLimits, controller.signal)
    controller.abort()
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' })
    expect(isLeft).toBe(true)
  })
})

describe('progress', () => {
  it('counts the files and bytes of a sharded checkpoint up to what there is', async () => {
    const place = memoryPlace(sharded)
    const seen: Progress[] = []
    await inspect(await place.open(index), { place, onProgress: (progress) => seen.push(progress) })
    const last = seen.at(-1) as Progress
    expect(last.files).toBe(3)
    expect(last.filesDone).toBe(3)
    expect(new Set(seen.map(({ path }) => path))).toEqual(
      new Set([index, ...shardNames].map((name) => `(memory)/${name}`)),
    )
    for (const [i, { filesDone, files, bytesRead }] of seen.entries()) {
      expect(filesDone).toBeLessThanOrEqual(files)
      expect(bytesRead).toBeGreaterThanOrEqual(seen[i - 1]?.bytesRead ?? 0)
    }
  })
})

describe('works done together', () => {
  it('fail with the first failure by order, when all are done', async () => {
    const done: string[] = []
    const work = async (name: string, turns: number, fails: boolean): Promise<string> => {
      for (let i = 0; i < turns; i++) await Promise.resolve()
      done.push(name)
      if (fails) throw new Error(name)
      return name
    }
    const all = together([work('a', 9, false), work('b', 5, true), work('c', 1, true)])
    await expect(all).rejects.toThrow('b')
    expect(done).toEqual(['c', 'b', 'a'])
  })
})
