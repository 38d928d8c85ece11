import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Key, KeyDecoder } from '../../src/browse/keys.ts'

function keysOf(...pieces: readonly string[]): readonly Key[] {
  const decoder = new KeyDecoder()
  return [...pieces.flatMap((piece) => decoder.take(piece)), ...decoder.flush()]
}

describe('keys', () => {
  // ECMA-48 and xterm's control sequences: `CSI A` or `SS3 A` for the arrow up, and so on.
  test.each([
    ['\x1b[A', 'up'],
    ['\x1bOB', 'down'],
    ['\x1b[C', 'right'],
    ['\x1b[1;5D', 'left'],
    ['\x1b[5~', 'page-up'],
    ['\x1b[6;2~', 'page-down'],
    ['\x1b[H', 'home'],
    ['\x1b[4~', 'end'],
    ['\x1b[Z', 'tab'],
    ['\r', 'enter'],
    ['\x7f', 'backspace'],
    ['\x03', 'ctrl-c'],
    ['\x1b', 'escape'],
  ])('%j is %s', (text, key) => {
    expect(keysOf(text)).toEqual([{ key }])
    // In any pieces.
    expect(keysOf(...text)).toEqual([{ key }])
  })

  test('a sequence of no known key is none, and leaves nothing behind', () => {
    expect(keysOf('\x1b[?1;2cq')).toEqual([{ text: 'q' }])
    expect(keysOf('\x1b[200;3Rj')).toEqual([{ text: 'j' }])
    // F5 of the Linux console: no E.
    expect(keysOf('\x1b[[Ej')).toEqual([{ text: 'j' }])
    expect(keysOf('\x1b', '[', '[', 'E', 'j')).toEqual([{ text: 'j' }])
  })

  test('what never ends is no sequence', () => {
    expect(keysOf(`\x1b[${'1;'.repeat(500)}`).length).toBeGreaterThan(900)
    // One that was broken off is over with the next.
    expect(keysOf('\x1b[1;', '\x1b[A', 'j').slice(-2)).toEqual([{ key: 'up' }, { text: 'j' }])
  })

  test('a key after ESC is a key', () => {
    expect(keysOf('\x1bq')).toEqual([{ key: 'escape' }, { text: 'q' }])
  })

  test('characters are whole', () => {
    expect(keysOf('é漢🙂')).toEqual([{ text: 'é' }, { text: '漢' }, { text: '🙂' }])
  })

  test('what is pasted is text, in one piece, without its control characters', () => {
    expect(keysOf('\x1b[200~layers.*\x1b[31m\nq\x1b[201~q')).toEqual([
      { text: 'layers.*[31mq' },
      { text: 'q' },
    ])
  })

  test('any input in any pieces is the same keys, and text without control characters', () => {
    const piece = fc.array(
      fc.constantFrom(
        '\x1b',
        '[',
        '2',
        '0',
        '~',
        '1',
        'A',
        'O',
        'q',
        '\r',
        ';',
        '\x1b[200~',
        '\x1b[201~',
        'é',
      ),
    )
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const texts = pieces.map((each) => each.join(''))
        const keys = keysOf(...texts)
        expect(keys).toEqual(keysOf(texts.join('')))
        for (const key of keys) if ('text' in key) expect(key.text).not.toMatch(/[\x00-\x1f\x7f-\x9f]/)
      }),
    )
  })
})
