import { expect, it } from 'vitest'
import { readPickle } from '../../src/codec/pickle.ts'
import { defaultLimits } from '../../src/limits.ts'

it('refuses more dicts than the limit, each of which takes a kilobyte', () => {
  // A list of empty dicts: `]`, MARK, n × `}`, APPENDS, STOP.
  const stream = (dicts: number) =>
    Uint8Array.from([0x80, 2, 0x5d, 0x28, ...Array.from({ length: dicts }, () => 0x7d), 0x65, 0x2e])
  const limits = { ...defaultLimits, pickleDicts: 100 }
  expect(readPickle(stream(100), limits, 'the pickle').error).toBeNull()
  const { error } = readPickle(stream(101), limits, 'the pickle')
  expect(error).toMatchObject({ code: 'limit/exceeded' })
  expect(error?.message).toContain('pickleDicts=100')
})
