import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesText } from '../../src/model/bytes-text.ts'
import { count, nameForOutput, printable, shownName } from '../../src/render/text.ts'
import { anyText } from '../helpers/any-text.ts'

/** What no terminal may get from a file, as first and last code points: what moves, hides or reorders. */
const moving: [number, number][] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xd800, 0xdfff],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff9, 0xfffb],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
]
const moves = (text: string) =>
  [...text].filter((c) =>
    moving.some(([a, b]) => (c.codePointAt(0) ?? 0) >= a && (c.codePointAt(0) ?? 0) <= b),
  )
const obeyed = /^\s*::|##(?:\[|vso\[|teamcity\[)|section_(?:start|end):|^\s*(?:---|\+\+\+|~~~)/

describe('printable', () => {
  test.each([
    ['\x1b[2J', '\\x1b[2J'],
    ['\x1b]0;t\x07', '\\x1b]0;t\\x07'],
    ['\x1b]8;;http://x\x1b\\', '\\x1b]8;;http://x\\x1b\\'],
    ['\x1b]52;c;aGk=\x07', '\\x1b]52;c;aGk=\\x07'],
    ['\x1bP1$r\x1b\\', '\\x1bP1$r\\x1b\\'],
    ['\u009b31m', '\\x9b31m'],
    ['a\rOK', 'a\\x0dOK'],
    ['a\bb\tc\nd\0', 'a\\x08b\\x09c\\x0ad\\x00'],
    ['a\u202eb', 'a\\u{202e}b'],
    ['a\u2066b\u2069', 'a\\u{2066}b\\u{2069}'],
    ['a\u200bb\u200d', 'a\\u{200b}b\\u{200d}'],
    ['a\u{e0041}', 'a\\u{e0041}'],
    ['a\ufe0f\u{e0101}', 'a\\u{fe0f}\\u{e0101}'],
    ['a\u2028b\u2029', 'a\\u{2028}b\\u{2029}'],
    ['a\ud800b', 'a\\u{d800}b'],
    ['a\u3164b\u2800', 'a\\u{3164}b\u2800'],
    ['a\u0600b\ufff9', 'a\\u{600}b\\u{fff9}'],
    ['\u0301a', '\\u{301}a'],
  ])('shows %j as codes', (text, shown) => {
    expect(printable(text)).toBe(shown)
  })

  test('caps a run of combining marks at eight and says how many there were', () => {
    expect(printable(`a${'\u0301'.repeat(8)}`)).toBe(`a${'\u0301'.repeat(8)}`)
    expect(printable(`a${'\u0301'.repeat(1000)}b`)).toBe(`a${'\u0301'.repeat(8)}[+992 marks]b`)
  })

  test.each([
    ['::error file=x::msg', '\\x3a:error file=x::msg'],
    ['  ::add-mask::e', '  \\x3a:add-mask::e'],
    ['x ::stop-commands::t', 'x \\x3a:stop-commands::t'],
    ['foo ##[add-mask]a', 'foo \\x23#[add-mask]a'],
    ['##vso[task.setvariable]', '\\x23#vso[task.setvariable]'],
    ['##teamcity[testStarted]', '\\x23#teamcity[testStarted]'],
    ['section_start:1:x', 'section_start\\x3a1:x'],
    ['--- group', '\\x2d-- group'],
    ['+++ group', '\\x2b++ group'],
  ])('breaks the CI log command %j', (text, shown) => {
    expect(printable(text)).toBe(shown)
  })

  test('leaves names and sentences as they are', () => {
    for (const text of [
      'model.layers.0.weight',
      'torch::nn::Linear',
      '模型.权重',
      'a - b -- c',
      '%s %d %o',
      'café',
    ])
      expect(printable(text)).toBe(text)
  })

  test('escapes everything beyond ASCII when asked to', () => {
    expect(printable('café.模', true)).toBe('caf\\xe9.\\u{6a21}')
  })

  test('breaks a command that begins in a run of hashes', () => {
    expect(printable('###[add-mask]x')).toBe('\\x23\\x23#[add-mask]x')
  })

  test('lets nothing through that moves a cursor or commands a runner', () => {
    const hostile = fc.string({
      unit: fc.oneof(
        fc.constantFrom('\x1b', '\u009b', ':', '#', '[', '-', '+', ' ', '\n', '\r', 'vso', 'section_start'),
        anyText(2),
      ),
    })
    fc.assert(
      fc.property(hostile, fc.boolean(), (text, ascii) => {
        for (const shown of [printable(text, ascii), shownName(text, ascii), nameForOutput(text, ascii)]) {
          expect(moves(shown)).toEqual([])
          expect(shown).not.toMatch(obeyed)
          if (ascii) expect(shown).toMatch(/^[\x20-\x7e]*$/)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a name', () => {
  test.each(['weight', 'model.layers.0', '_orig_mod', 'a/b-c', 'lora:0', '模型'])(
    '%s stands as it is',
    (name) => {
      expect(shownName(name)).toBe(name)
    },
  )

  test.each([
    ['', '""'],
    ['└── fake', '"└── fake"'],
    ['{0..31}', '"{0..31}"'],
    ['a b', '"a b"'],
    ['a"b\\', '"a\\"b\\\\"'],
    ['a\x1bb', '"a\\x1bb"'],
    ['→', '"→"'],
  ])('%j is quoted, because it could be taken for something else', (name, shown) => {
    expect(shownName(name)).toBe(shown)
  })

  test('of a megabyte is cut and its length told', () => {
    const shown = nameForOutput(`start.${'x'.repeat(1 << 20)}.end`)
    expect(shown.length).toBeLessThan(1100)
    expect(shown).toMatch(/^start\.x+…x+\.end \(1,048,586 characters\)$/)
  })
})

describe('numbers', () => {
  test('have thousands commas', () => {
    expect([0, 999, 1000, 124_439_808, 70_553_706_496].map(count)).toEqual([
      '0',
      '999',
      '1,000',
      '124,439,808',
      '70,553,706,496',
    ])
  })

  test('of bytes have a decimal unit', () => {
    expect([1, 999, 1000, 1_340_000, 99_960_000, 999_600_000, 141_107_412_992].map(bytesText)).toEqual([
      '1 byte',
      '999 bytes',
      '1.00 kB',
      '1.34 MB',
      '100 MB',
      '1.00 GB',
      '141 GB',
    ])
  })
})
