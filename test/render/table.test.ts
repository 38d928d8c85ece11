import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Cell,
  fitWidths,
  headLine,
  lineWidth,
  measureRow,
  type Span,
  tableLine,
} from '../../src/render/terminal/table.ts'
import { makeTheme } from '../../src/render/terminal/theme.ts'
import { displayWidth } from '../../src/render/width.ts'

const columns = [
  { title: 'Name', align: 'left', least: 6 },
  { title: '#', align: 'right' },
] as const
const theme = makeTheme({ columns: 20 })

function line(row: Cell[], available = 20): string {
  const widths = columns.map(({ title }) => title.length)
  measureRow(columns, widths, row)
  fitWidths(columns, widths, available)
  return tableLine(columns, widths, row, theme)
}

describe('a table', () => {
  test('puts names left and numbers right, with nothing after the last cell', () => {
    const rows: Cell[][] = [
      [[{ text: 'a' }], [{ text: '1,000' }]],
      [[{ text: '模型' }], [{ text: '7' }]],
    ]
    const widths = [4, 1]
    for (const row of rows) measureRow(columns, widths, row)
    expect([
      headLine(columns, widths, theme),
      ...rows.map((row) => tableLine(columns, widths, row, theme)),
    ]).toEqual(['Name      #', 'a     1,000', '模型      7'])
    expect(tableLine(columns, widths, [[{ text: 'a' }], []], theme)).toBe('a')
  })

  test('cuts the longest name of a cell and leaves its sets whole', () => {
    const cell: Span[] = [
      { text: 'a_very_long_name_of_a_module', cut: 'middle' },
      { text: '.' },
      { text: '{0..31}' },
      { text: '.attn', cut: 'middle' },
    ]
    expect(line([cell, [{ text: '5' }]], 26)).toMatch(/^a_\w*…\w+\.\{0\.\.31\}\.attn {2}5$/)
  })

  test('cuts sentences at their end, the last first, and leaves out what would be a letter or two', () => {
    const cell: Span[] = [
      { text: 'weight [32]', cut: 'end' },
      { text: '  bias [32]', cut: 'end' },
      { text: '  running_mean [32]', cut: 'end' },
    ]
    expect(line([cell, [{ text: '5' }]], 37)).toBe('weight [32]  bias [32]  running_m…  5')
    expect(line([cell, [{ text: '5' }]], 28)).toBe('weight [32]  bias [32] …   5')
    expect(line([cell, [{ text: '5' }]], 22)).toBe('weight [32]  bias…   5')
  })

  test('never makes a line longer than the terminal when names may be cut, and never touches a number', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '模', 'e\u0301', '.') })
    fc.assert(
      fc.property(text, fc.nat(9_999_999), fc.integer({ min: 16, max: 60 }), (name, number, available) => {
        const shown = line([[{ text: name, cut: 'middle' }], [{ text: String(number) }]], available)
        expect(displayWidth(shown)).toBeLessThanOrEqual(available)
        expect(shown.endsWith(String(number))).toBe(true)
      }),
    )
  })

  test('shrinks the widest column first and stops at its least', () => {
    const three = [
      { title: '', align: 'left', least: 5 },
      { title: '', align: 'left', least: 5 },
      { title: '', align: 'left' },
    ] as const
    const widths = [30, 10, 8]
    fitWidths(three, widths, 40)
    expect(widths).toEqual([18, 10, 8])
    fitWidths(three, widths, 10)
    expect(widths).toEqual([5, 5, 8])
    expect(lineWidth(widths)).toBe(22)
  })
})
