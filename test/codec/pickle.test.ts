import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readPickle } from '../../src/codec/pickle.ts'
import type { PickleEvaluator } from '../../src/codec/pickle-evaluator.ts'
import { isRecord } from '../../src/codec/pickle-value.ts'
import { defaultLimits, type Limits } from '../../src/limits.ts'
import { canon } from './pickle-canon.ts'

function read(stream: string | Uint8Array, limits: Partial<Limits> = {}) {
  const bytes = typeof stream === 'string' ? Buffer.from(stream, 'latin1') : stream
  return readPickle(bytes, { ...defaultLimits, ...limits }, 'data.pkl')
}

const repeated = (parts: string, times: number) => parts.repeat(times)

describe('names every import and runs none', () => {
  test.each([
    ['GLOBAL', 'cos\nsystem\n(S"id"\ntR.', 'os.system', 0],
    ['STACK_GLOBAL', '\x8c\x02os\x8c\x06system\x93.', 'os.system', 12],
    ['STACK_GLOBAL from the memo', '\x8c\x02os\x940\x8c\x06system\x940h\x00h\x01\x93.', 'os.system', 20],
    ['INST', '(ios\nsystem\n.', 'os.system', 1],
    ['OBJ', '(cos\nsystem\no.', 'os.system', 1],
    ['NEWOBJ', 'cos\nsystem\n)\x81.', 'os.system', 0],
    ['NEWOBJ_EX', 'cos\nsystem\n)}\x92.', 'os.system', 0],
    ['EXT1', '\x82\x05.', '(copyreg extension registry).5', 0],
    ['a name that a call computes', 'cos\nf\n)R\x8c\x01x\x93.', '(computed when loaded).x', 11],
  ])('by %s', (_, stream, name, offset) => {
    const { imports } = read(stream)
    const found = imports.find((each) => `${each.module}.${each.name}` === name)
    expect(found).toMatchObject({ offset })
  })

  test('also when the stream breaks after them', () => {
    const { imports, error } = read('cos\nsystem\n(X\xff\xff\xff\x7f')
    expect(imports).toEqual([{ module: 'os', name: 'system', offset: 0, count: 1 }])
    expect(error).toMatchObject({ code: 'format/truncated' })
  })

  test('once, with a count', () => {
    expect(read(`${repeated('cos\nsystem\n0', 3)}N.`).imports).toMatchObject([{ count: 3 }])
  })
})

describe('refuses', () => {
  test.each([
    ['an empty stream', '', 'run past the end'],
    ['a stream without STOP', 'N', 'run past the end'],
    ['an unknown opcode', '\xff.', 'unknown opcode 0xff at 0'],
    ['TUPLE without MARK', 't.', 'no MARK on the stack at 0'],
    ['POP on an empty stack', '0.', 'stack underflow at 0'],
    ['a pop below the last MARK', 'N(\x85.', 'stack underflow at 2'],
    ['GET of nothing', 'h\x05.', 'no memo entry 5'],
    ['a key without a value', '}(K\x01u.', 'a key without a value'],
    ['SETITEM on a list', ']K\x00K\x01s.', 'SETITEM on a list'],
    ['APPEND to a dict', '}K\x00a.', 'APPEND to a dict'],
    ['a list as a key', '}]Ns.', 'a list as a key'],
    ['a call of a string', 'U\x01a)R.', 'a call of a string'],
    ['arguments that are no tuple', 'cos\nsystem\n]R.', 'a call with a list for its arguments'],
    ['a negative length', '\x8b\xff\xff\xff\xff.', 'a length of -1'],
    ['a string of 4 GB', 'X\xff\xff\xff\xffa.', '4294967295 bytes at 5 run past'],
    ['a string of 2^63 bytes', '\x8d\0\0\0\0\0\0\0\x80.', 'over 2^53'],
    [
      'an opcode across the end of its frame',
      '\x95\x02\0\0\0\0\0\0\0B\x04\0\0\0abcd.',
      'cross the end of their frame',
    ],
    ['a frame in a frame', '\x95\x0b\0\0\0\0\0\0\0\x95\x01\0\0\0\0\0\0\0NN.', 'a frame begins at'],
    ['a frame longer than the stream', '\x95\x99\0\0\0\0\0\0\0N.', 'run past the end'],
    ['text that is not UTF-8', 'X\x01\0\0\0\xff.', 'is not UTF-8'],
    ['an out-of-band buffer', '\x97.', 'out-of-band buffer'],
  ])('%s', (_, stream, message) => {
    const { error, value } = read(stream)
    expect(error?.message).toContain(message)
    expect(value).toBeUndefined()
  })

  test.each<[Partial<Limits>, string]>([
    [{ pickleOpcodes: 3 }, 'NNNN.'],
    [{ pickleStack: 3 }, 'NNNN.'],
    [{ pickleStack: 3 }, '((((.'],
    [{ pickleMemo: 2 }, 'N\x94\x94\x94.'],
    [{ pickleIntegerBytes: 3 }, '\x8a\x04\x01\x01\x01\x01.'],
    [{ pickleIntegerBytes: 3 }, 'I12345\n.'],
    [{ pickleStringBytes: 3 }, '\x8c\x04abcd.'],
  ])('what is over the limit %j, by its name', (limits, stream) => {
    const { error } = read(stream, limits)
    const [name, value] = Object.entries(limits)[0] as [string, number]
    expect(error).toMatchObject({ code: 'limit/exceeded' })
    expect(error?.message).toContain(`${name}=${value}`)
  })
})

describe('keeps sharing and never expands it', () => {
  test('a memo bomb of 10^60 leaves is 60 lists', () => {
    let stream = ']q\x00'
    for (let i = 1; i <= 60; i++)
      stream += `](${repeated(`h${String.fromCharCode(i - 1)}`, 10)}eq${String.fromCharCode(i)}`
    const { value, error } = read(`${stream}.`)
    expect(error).toBeNull()
    if (!isRecord(value) || value.kind !== 'list') throw new Error('not a list')
    expect(new Set(value.items).size).toBe(1)
  })

  test('a list that holds itself', () => {
    expect(canon(read(']q\x00h\x00a.').value ?? null)).toBe('[#0]')
  })

  test('100,000 nested tuples', () => {
    expect(read(`N${repeated('\x85', 100_000)}.`).error).toBeNull()
  })

  test('a memo index of 4294967295 takes no room', () => {
    expect(read('Nr\xff\xff\xff\xffj\xff\xff\xff\xff.').value).toBeNull()
  })
})

test('integers are exact, as bigint where a double is not', () => {
  expect(read('\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f.').value).toBe(2n ** 63n - 1n)
  expect(read('\x8a\x01\xff.').value).toBe(-1)
  expect(read('I9007199254740993\n.').value).toBe(9007199254740993n)
})

test('a key set twice keeps the later value, and who evaluates is told of both', () => {
  const stream = Buffer.from('}(X\x01\0\0\0wK\x01X\x01\0\0\0wK\x02u.', 'latin1')
  const replaced: unknown[] = []
  const evaluator: PickleEvaluator = {
    begin() {},
    called: (call) => call,
    built() {},
    replaced: (...what) => replaced.push(what),
    referred() {},
    keyOf: (call) => call,
    unfollowed() {},
    undecoded() {},
  }
  const { value } = readPickle(stream, defaultLimits, 'data.pkl', evaluator)
  expect(value).toMatchObject({ keys: ['w'], values: [2] })
  expect(replaced).toEqual([['w', 1, 2]])
})

test('PROTO may be there any number of times, as CPython has it: the highest counts', () => {
  expect(read('\x80\x02\x80\x04\x80\x02N.')).toMatchObject({ error: null, protocol: 4 })
})

test('a text is no tuple, however it is written', () => {
  // What the reader writes of the tuple (1,) to compare it.
  const { value } = read('}(K\x01\x85NX\x06\0\0\0\0(n1,)Nu.')
  expect(value).toMatchObject({ keys: [{ kind: 'tuple', items: [1] }, '\0(n1,)'] })
})

test('the dicts that SETITEM makes of an object are counted among those of the file', () => {
  const stream = `(${repeated('c__main__\nD\n)\x81K\0Ns', 4)}t.`
  expect(read(stream, { pickleDicts: 3 }).error).toMatchObject({ code: 'limit/exceeded' })
  expect(read(stream, { pickleDicts: 4 }).error).toBeNull()
})

test('keys that differ only in type are told apart as Python does', () => {
  // 1, True and 1.0 are one key; '1' is another.
  const { value } = read('}(K\x01Na\x88NG?\xf0\0\0\0\0\0\0NU\x011Nu.'.replace('a', ''))
  expect(value).toMatchObject({ keys: [1, '1'] })
})

test('any bytes give a value or an error with a code, whatever the limits', () => {
  const opcodes = fc.constantFrom(
    ...'(.012]}t\x85\x86asue\x8f\x90\x91NK\x00q\x00h\x00\x94cos\nf\n\x93)R\x81bQ\x8c\x01a',
  )
  const grammar = fc.array(opcodes, { maxLength: 60 }).map((parts) => Buffer.from(parts.join(''), 'latin1'))
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), grammar), (bytes) => {
      const { error, value, end } = read(bytes)
      expect((error === null) === (value !== undefined)).toBe(true)
      expect(end).toBeLessThanOrEqual(bytes.length)
    }),
    { numRuns: 3000 },
  )
})
