import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Cell, type Column, fitWidths, measureRow } from '../../src/render/terminal/table.ts'
import { makeTheme } from '../../src/render/terminal/theme.ts'
import { wholeRow } from '../../src/render/terminal/whole-row.ts'
import { displayWidth } from '../../src/render/width.ts'

const columns: readonly Column[] = [
  { title: 'Name', align: 'left', least: 6 },
  { title: 'Type', align: 'left', least: 6 },
  { title: '#', align: 'right' },
]
const name = (text: string): Cell => [{ text, cut: 'middle' }]
const row = (widths: number[], cells: Cell[], width = 30, below: Cell = []): string[] => [
  ...wholeRow(columns, widths, cells, makeTheme({ columns: width }), below),
]

describe('a row with whole names', () => {
  it('stands in its columns where all fits', () => {
    expect(row([10, 9, 5], [name('weight'), [{ text: 'param [4]' }], [{ text: '4' }]])).toEqual([
      'weight      param [4]      4',
    ])
  })

  it('takes room that the next column does not need, before it and after it', () => {
    expect(row([10, 9, 5], [name('running_mean'), [{ text: 'buffer' }], [{ text: '4' }]])).toEqual([
      'running_mean  buffer       4',
    ])
    expect(row([10, 9, 5], [name('bias'), [{ text: 'param [16, 16]' }], [{ text: '12345' }]])).toEqual([
      'bias   param [16, 16]  12345',
    ])
    expect(
      row([10, 9, 9], [name('norm'), [{ text: 'LayerNorm 64', cut: 'whole' }], [{ text: '4' }]]),
    ).toEqual(['norm        LayerNorm 64       4'])
  })

  it('leaves out details first, of several names the last', () => {
    const type: Cell = [
      { text: '~RMSNorm|LayerNorm', cut: 'names' },
      { text: ' 512', cut: 'whole' },
    ]
    expect(row([10, 12, 5], [name('input_layernorm'), type, [{ text: '12345' }]])).toEqual([
      'input_layernorm',
      '            ~RMSNorm|…    12345',
    ])
  })

  it('has a line of its own for a name where there is no room, and the guides go on below it', () => {
    const below: Cell = [{ text: '│  ' }]
    const long: Cell = [{ text: '├─ ' }, ...name('relative_position_bias_table')]
    expect(row([10, 9, 5], [long, [{ text: 'param [4, 16]' }], [{ text: '64' }]], 32, below)).toEqual([
      '├─ relative_position_bias_table',
      '│       param [4, 16]     64',
    ])
    // Of a terminal that is too narrow for it, more than one, broken after a dot.
    expect(
      row(
        [10, 9, 5],
        [[{ text: '├─ ' }, ...name('encoder.relative_position')], [], [{ text: '64' }]],
        26,
        below,
      ),
    ).toEqual(['├─ encoder.', '│      relative_position', '│                         64'])
  })

  it('never loses a piece of a name or number, and is never wider than the terminal', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '模', '.', '_'), minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(
        text,
        text,
        fc.nat(99_999_999),
        fc.integer({ min: 24, max: 90 }),
        (first, second, number, width) => {
          const cells = [name(first), name(second), [{ text: String(number) }]]
          const widths = columns.map(({ title }) => title.length)
          measureRow(columns, widths, cells)
          fitWidths(columns, widths, width)
          const lines = row(widths, cells, width)
          for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width)
          expect(lines.join('').replaceAll(' ', '')).toBe(`${first}${second}${number}`)
        },
      ),
    )
  })
})
