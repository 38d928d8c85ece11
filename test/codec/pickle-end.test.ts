import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { readPickle } from '../../src/codec/pickle.ts'
import { PickleEnd } from '../../src/codec/pickle-end.ts'
import { defaultLimits } from '../../src/limits.ts'

const cases = gunzipSync(readFileSync(new URL('../../fixtures/pickle/cases.jsonl.gz', import.meta.url)))
  .toString()
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as { pickle: string; canon: string | null })
  .map(({ pickle, canon }) => ({
    bytes: new Uint8Array(Buffer.from(pickle, 'base64')),
    isRead: canon !== null,
  }))

describe('the end of a pickle stream', () => {
  it('is where CPython stops, for every stream it reads, with anything behind it', () => {
    for (const { bytes, isRead } of cases) {
      if (!isRead) continue
      // CPython reads up to STOP, which is the last byte of each case that it reads to its end.
      const { end } = readPickle(bytes, defaultLimits, 'test')
      expect(new PickleEnd(defaultLimits).isWithin(bytes.subarray(0, end))).toBe(true)
      expect(new PickleEnd(defaultLimits).isWithin(bytes.subarray(0, end - 1))).toBe(false)
    }
  })

  it('is found as well when the bytes come one by one', () => {
    for (const { bytes, isRead } of cases.slice(0, 500)) {
      if (!isRead) continue
      const { end } = readPickle(bytes, defaultLimits, 'test')
      const stream = new PickleEnd(defaultLimits)
      for (let length = 0; length < end; length++)
        expect(stream.isWithin(bytes.subarray(0, length))).toBe(false)
      expect(stream.isWithin(bytes.subarray(0, end))).toBe(true)
    }
  })

  it('is asked for no further than where a reader refuses the stream', () => {
    for (const { bytes, isRead } of cases) {
      if (isRead) continue
      // Whatever is said, reading what is there refuses it.
      new PickleEnd(defaultLimits).isWithin(bytes)
      expect(readPickle(bytes, defaultLimits, 'test').error).not.toBeNull()
    }
    const text = (stream: string) => Buffer.from(stream, 'latin1')
    expect(new PickleEnd(defaultLimits).isWithin(text('\x80\x02\xff'))).toBe(true)
    expect(new PickleEnd({ ...defaultLimits, pickleOpcodes: 3 }).isWithin(text('NNNN'))).toBe(true)
    expect(new PickleEnd({ ...defaultLimits, pickleStringBytes: 4 }).isWithin(text('I12345'))).toBe(true)
    expect(new PickleEnd(defaultLimits).isWithin(text('I12345'))).toBe(false)
    expect(new PickleEnd(defaultLimits).isWithin(text('B\xff\xff\xff\xffx'))).toBe(false)
  })
})
