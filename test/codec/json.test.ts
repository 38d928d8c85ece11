import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../src/codec/json.ts'
import { JsonReader } from '../../src/codec/json-reader.ts'
import { isSdinspectError, SdinspectError } from '../../src/errors.ts'
import { defaultLimits } from '../../src/limits.ts'
import type { Plain } from '../../src/model/checkpoint.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const bytesOf = (input: string | Uint8Array) => (typeof input === 'string' ? utf8(input) : input)
const parse = (input: string | Uint8Array) =>
  parseJson(bytesOf(input), { what: 'the document', limits: defaultLimits })

function refusal(
  input: string | Uint8Array,
  run: (input: string | Uint8Array) => unknown = parse,
): SdinspectError {
  try {
    run(input)
  } catch (error) {
    if (error instanceof SdinspectError) return error
    throw error
  }
  throw new Error(`accepted ${typeof input === 'string' ? input.slice(0, 80) : [...input.subarray(0, 40)]}`)
}

/** What JSON.parse makes of the same text, in the shape of Plain. */
function plain(value: unknown): Plain {
  if (Array.isArray(value)) return value.map(plain)
  if (value !== null && typeof value === 'object')
    return new Map(Object.entries(value).map(([key, member]) => [key, plain(member)]))
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    const text = JSON.stringify(value)
    if (!text.includes('e')) return BigInt(text)
  }
  return value as Plain
}

/** With every exact integer as the double that JSON.parse makes of it: a value does not tell how it was spelled. */
function asDoubles(value: Plain): Plain {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(asDoubles)
  if (value instanceof Map) return new Map([...value].map(([key, member]) => [key, asDoubles(member)]))
  return value
}

describe('JSON documents', () => {
  it('agree with JSON.parse for any value, however it is spaced', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t', '\r\n'), (value, space) => {
        const text = JSON.stringify(value, null, space)
        // JSON.parse reorders integer-like keys, so the comparison is of Maps, which ignores order.
        expect(parse(text)).toEqual(plain(JSON.parse(text)))
      }),
    )
  })

  it('agree with JSON.parse on what is not JSON, for any small change to a document', () => {
    const document = '{"a":[1,-2.5e3,"x\\u00e9\\n"],"b":{"c":null,"d":[true,false]},"e":""}'
    const piece = fc.constantFrom(...'{}[]:,"\\/ub0123456789eE+-. \t\n\u0001éntf', 'null', '\\u12', 'NaN')
    fc.assert(
      fc.property(
        fc.nat(document.length),
        fc.nat(3),
        fc.array(piece, { maxLength: 3 }),
        (at, drop, insert) => {
          const text = document.slice(0, at) + insert.join('') + document.slice(at + drop)
          let expected: unknown
          try {
            expected = JSON.parse(text)
          } catch {
            expect(refusal(text).code).toMatch(/^format\//)
            return
          }
          try {
            expect(asDoubles(parse(text))).toEqual(asDoubles(plain(expected)))
          } catch (error) {
            if (!isSdinspectError(error)) throw error
            expect(error.message).toMatch(/twice|beyond a double/)
          }
        },
      ),
      {
        numRuns: 5_000,
        // Once compared as another number: -2.5e16 is a double, and -25000000000000000 an exact integer.
        examples: [[13, 1, ['1', '6']]],
      },
    )
  })

  it('are refused with a code or read, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          parse(bytes)
        } catch (error) {
          expect(isSdinspectError(error)).toBe(true)
        }
      }),
      { numRuns: 5_000 },
    )
  })

  it('keep the order of keys, integer-like ones too, and take __proto__ for a key like any other', () => {
    const document = parse('{"2":1,"__proto__":{"x":2},"1":3,"constructor":4}') as Map<string, Plain>
    expect([...document.keys()]).toEqual(['2', '__proto__', '1', 'constructor'])
    expect(Object.getPrototypeOf(document)).toBe(Map.prototype)
  })

  it('give integers exactly', () => {
    expect(
      parse('[9007199254740991,9007199254740992,9007199254740993,-9007199254740993,18446744073709551615]'),
    ).toEqual([
      9007199254740991,
      9007199254740992n,
      9007199254740993n,
      -9007199254740993n,
      18446744073709551615n,
    ])
    expect(parse('[0,-0,0.0,1E+2,1e-2]')).toEqual([0, -0, 0, 100, 0.01])
  })

  it('are refused for a key that is there twice, spelled the same or not', () => {
    expect(refusal('{"a":1,"\\u0061":2}')).toMatchObject({
      code: 'format/malformed',
      offset: 8,
      message: 'the document, byte 8: the key "a" is there twice',
    })
    expect(parse('{"a":{"a":1},"b":{"a":2}}')).toBeInstanceOf(Map)
  })

  const malformed: [name: string, input: string | Uint8Array, offset: number, message: string][] = [
    ['a byte order mark', new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d]), 0, 'byte order mark'],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x7b, 0x00]), 0, 'UTF-16'],
    ['UTF-16 without a mark', new Uint8Array([0x7b, 0x00, 0x7d, 0x00]), 0, 'UTF-16'],
    ['a trailing comma in an object', '{"a":1,}', 7, 'found "}", expected a key'],
    ['a trailing comma in an array', '[1,]', 3, 'found "]", expected a value'],
    ['a comma before the first element', '[,1]', 1, 'found ",", expected a value'],
    ['two commas', '[1,,2]', 3, 'expected a value'],
    ['a missing comma', '[1 2]', 3, 'found "2", expected "," or "]"'],
    ['a missing colon', '{"a" 1}', 5, 'expected ":"'],
    ['mixed brackets', '[1}', 2, 'found "}", expected "," or "]"'],
    ['single quotes', "{'a':1}", 1, 'expected a key or "}"'],
    ['an unquoted key', '{a:1}', 1, 'found "a", expected a key or "}"'],
    ['a comment', '{/*x*/}', 1, 'found "/"'],
    ['a second value', '{} {}', 3, 'expected the end of the document'],
    ['NaN', '[NaN]', 1, 'found NaN, which is not JSON'],
    ['-Infinity', '[-Infinity]', 2, 'found Infinity, which is not JSON'],
    ['a leading zero', '[02]', 1, 'a number starts with 0'],
    ['a bare minus', '[-]', 2, 'expected a digit'],
    ['a fraction without digits', '[1.]', 3, 'expected a digit'],
    ['an exponent without digits', '[1e+]', 4, 'expected a digit'],
    ['a plus sign', '[+1]', 1, 'found "+"'],
    ['a number beyond a double', '[1e400]', 1, 'beyond a double'],
    ['a word cut short', '[nul]', 4, 'found "]", expected null'],
    ['a raw newline in a string', '["a\nb"]', 3, 'control character 0x0a'],
    ['an unknown escape', '["\\x"]', 2, '"\\x" is no escape'],
    ['a short \\u escape', '["\\u00g0"]', 2, 'four hexadecimal digits'],
    ['a lone high surrogate', '["\\ud800"]', 2, 'lone surrogate \\ud800'],
    ['a high surrogate before a letter', '["\\ud800\\u0041"]', 2, 'lone surrogate'],
    ['two high surrogates', '["\\ud800\\ud800"]', 2, 'lone surrogate'],
    ['a high surrogate before a letter past the low ones', '["\\ud800\\ue000"]', 2, 'lone surrogate'],
    ['a lone low surrogate', '["\\udc00"]', 2, 'lone surrogate \\udc00'],
    ['a byte that is not UTF-8', new Uint8Array([0x22, 0x61, 0xff, 0x22]), 2, '0xff is not UTF-8'],
    ['an overlong form', new Uint8Array([0x22, 0xc0, 0xaf, 0x22]), 1, '0xc0 is not UTF-8'],
    ['an overlong form of 3', new Uint8Array([0x22, 0xe0, 0x9f, 0xbf, 0x22]), 1, '0xe0 is not UTF-8'],
    ['an overlong form of 4', new Uint8Array([0x22, 0xf0, 0x8f, 0xbf, 0xbf, 0x22]), 1, '0xf0 is not UTF-8'],
    ['an encoded surrogate', new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]), 1, '0xed is not UTF-8'],
    [
      'a code point past U+10FFFF',
      new Uint8Array([0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]),
      1,
      '0xf4 is not UTF-8',
    ],
    ['a form feed as white space', '\f{}', 0, 'found the byte 0x0c'],
    ['a NUL after the value', '{}\0\0', 2, 'a NUL byte'],
  ]
  it.each(malformed)('are refused for %s, with the offset', (_, input, offset, message) => {
    const error = refusal(input)
    expect(error).toMatchObject({ code: 'format/malformed', offset })
    expect(error.message).toContain(message)
  })

  it('are called truncated wherever they are cut', () => {
    const text = '{"a":[1,2.5,"x\\u00e9é😀"],"b":{"c":null,"d":true}}'
    const whole = utf8(text)
    for (let length = 0; length < whole.length; length++) {
      expect(refusal(whole.subarray(0, length)).code).toBe('format/truncated')
    }
  })

  it('are refused past the limit of nesting, at any depth, without a stack overflow', () => {
    const deep = '['.repeat(100_000)
    expect(refusal(deep)).toMatchObject({ code: 'limit/exceeded', offset: 64 })
    expect(parse('['.repeat(64) + ']'.repeat(64))).toBeInstanceOf(Array)
    expect(refusal('['.repeat(65) + ']'.repeat(65)).message).toContain('jsonDepth=64')
  })

  it('are refused for an integer of a million digits, naming the limit', () => {
    expect(refusal(`[${'9'.repeat(1_000_000)}]`)).toMatchObject({ code: 'limit/exceeded', offset: 1 })
    expect(parse(`[${'9'.repeat(4_300)}]`)).toEqual([BigInt('9'.repeat(4_300))])
    const limits = { ...defaultLimits, integerDigits: 20 }
    const parseWith = (input: string | Uint8Array) => parseJson(bytesOf(input), { what: 'it', limits })
    expect(parseWith('9'.repeat(20))).toBe(BigInt('9'.repeat(20)))
    expect(refusal('9'.repeat(21), parseWith).message).toContain('over the limit integerDigits=20')
  })

  it('say line and column when asked to', () => {
    const error = refusal('{\n  "é": 1,\n  "é" 2\n}', (input) =>
      parseJson(bytesOf(input), { what: 'config.json', limits: defaultLimits, lines: true }),
    )
    expect(error.message).toBe('config.json, line 3, column 7: found "2", expected ":"')
  })
})

describe('JsonReader', () => {
  const reader = (text: string, options = {}) => new JsonReader(utf8(text), { what: 'it', ...options })

  it('walks nested lists without making numbers', () => {
    const it = reader(' [ [1, 2.0 ], [] , [-3e1] ] ')
    const forms: string[] = []
    it.beginArray()
    while (it.nextElement()) {
      it.beginArray()
      while (it.nextElement()) forms.push(`${it.scanNumber()} ${it.text()}`)
    }
    it.end()
    expect(forms).toEqual(['integer 1', 'real 2.0', 'real -3e1'])
  })

  it('compares keys without making strings, escaped ones too', () => {
    const it = reader('{"shape":1,"sh\\u0061pe":2,"shapes":3,"shap":4}')
    const matches: boolean[] = []
    it.beginObject()
    while (it.nextKey()) {
      matches.push(it.tokenIs(utf8('shape')))
      it.skipValue()
    }
    expect(matches).toEqual([true, true, false, false])
  })

  it('skips any value and stands after it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const it = reader(`[${JSON.stringify(value)} , 7]`)
        it.beginArray()
        it.nextElement()
        it.skipValue()
        expect(it.nextElement()).toBe(true)
        expect(it.number()).toBe(7)
        expect(it.nextElement()).toBe(false)
        it.end()
      }),
    )
  })

  it('checks what it skips', () => {
    for (const text of [
      '[1e400]',
      `[${'9'.repeat(400)}]`,
      '["\\ud800"]',
      '[[1,]]',
      '{"a":[02]}',
      '{"a":tru}',
      '["\u0001"]',
    ])
      expect(refusal(text, (input) => new JsonReader(bytesOf(input), { what: 'it' }).skipValue()).code).toBe(
        'format/malformed',
      )
  })

  it('reads unsigned integers by their source, to 2^64-1', () => {
    const read = (text: string) => reader(`${text} `).unsigned()
    expect(read('0')).toBe(0)
    expect(read('123456789012345')).toBe(123456789012345)
    expect(read('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER)
    expect(read('9007199254740993')).toBe(9007199254740993n)
    expect(read('18446744073709551615')).toBe(18446744073709551615n)
    for (const text of [
      '18446744073709551616',
      '-0',
      '-1',
      '2.0',
      '2e0',
      '02',
      '',
      '"2"',
      'null',
      '9'.repeat(99),
    ])
      expect(refusal(text, () => reader(`${text},`).unsigned()).code).toBe('format/malformed')
  })

  it('takes NaN and infinities where they are allowed, and nothing like them', () => {
    const it = reader('[NaN,Infinity,-Infinity]', { nonfinite: true })
    it.beginArray()
    const values: (number | bigint)[] = []
    while (it.nextElement()) values.push(it.number())
    expect(values).toEqual([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    for (const text of ['-NaN', 'nan', 'Inf', 'Infinit'])
      expect(refusal(text, () => reader(`${text},`, { nonfinite: true }).number()).code).toBe(
        'format/malformed',
      )
  })

  it('gives offsets in the file, not in the bytes it was given', () => {
    expect(refusal('', () => reader('{"a"x', { base: 100 }).skipValue())).toMatchObject({ offset: 104 })
    const it = reader('{"key":1}', { base: 8 })
    it.beginObject()
    it.nextKey()
    expect(it.tokenOffset).toBe(10)
    expect(it.offset).toBe(15)
  })
})
