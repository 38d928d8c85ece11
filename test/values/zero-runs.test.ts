import fc from 'fast-check'
import { expect, it } from 'vitest'
import { joinedZeroRuns, ZeroRunCounter, zeroRunsOf } from '../../src/values/zero-runs.ts'

it('sees zeros as one would who had all values at once, wherever windows end', () => {
  const values = fc.array(fc.constantFrom(0, 0, 0, 7), { maxLength: 60 })
  fc.assert(
    fc.property(
      values,
      fc.integer({ min: 1, max: 7 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
      (all, width, cuts) => {
        const rows = Math.floor(all.length / width)
        const whole = Uint8Array.from(all.slice(0, rows * width))
        const counter = new ZeroRunCounter([rows, width], 8)
        for (let at = 0; at < whole.length; ) {
          const end = at + (cuts.next().value as number)
          counter.add(whole.subarray(at, end))
          at = end
        }
        const isZero = Array.from({ length: rows }, (_, row) =>
          whole.subarray(row * width, (row + 1) * width).every((byte) => byte === 0),
        )
        const last = whole.findLastIndex((byte) => byte !== 0)
        expect(counter.finish()).toEqual({
          tail: whole.length - 1 - last,
          rowElements: width,
          rows,
          zeroRows: isZero.filter(Boolean).length,
        })
      },
    ),
  )
})

it('comes to the same from runs that were looked at apart', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.integer({ min: 0, max: 6 }).map((value) => (value > 1 ? 0 : value)),
        { maxLength: 60 },
      ),
      fc.integer({ min: 1, max: 7 }),
      fc.array(fc.nat(60), { maxLength: 5 }),
      (values, width, cuts) => {
        const bytes = Uint8Array.from(values.slice(0, Math.floor(values.length / width) * width))
        const shape = [bytes.length / width, width]
        const whole = new ZeroRunCounter(shape, 8)
        whole.add(bytes)
        const borders = [
          0,
          ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b),
          bytes.length,
        ]
        const states = borders.slice(1).map((to, i) => {
          const from = borders[i] as number
          const run = new ZeroRunCounter(shape, 8, from)
          run.add(bytes.subarray(from, to))
          return run.state()
        })
        const joined = states.reduce(joinedZeroRuns)
        expect(zeroRunsOf(shape, 8, bytes.length, joined)).toEqual(whole.finish())
        expect(joined).toEqual(whole.state())
      },
    ),
    { numRuns: 2_000 },
  )
})
