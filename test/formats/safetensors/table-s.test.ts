import { describe, expect, it } from 'vitest'
import { type ErrorCode, SdinspectError } from '../../../src/errors.ts'
import { detectFormat, headBytes } from '../../../src/formats/index.ts'
import { safetensors } from '../../../src/formats/safetensors/safetensors.ts'
import { defaultLimits, type Limits } from '../../../src/limits.ts'
import type { Checkpoint } from '../../../src/model/checkpoint.ts'
import { memorySource } from '../../../src/source/memory.ts'
import { firstByte } from '../../helpers/chunk.ts'
import { entry, type SafetensorsParts, safetensorsBytes } from '../../helpers/safetensors-bytes.ts'

const limitsWith = (some: Partial<Limits>): Limits => ({ ...defaultLimits, ...some })

async function read(
  bytes: Uint8Array,
  limits: Limits = defaultLimits,
  name = 'x.safetensors',
): Promise<Checkpoint> {
  const source = memorySource(bytes, name)
  const format = detectFormat(bytes.subarray(0, headBytes), source)
  expect(format.id).toBe('safetensors')
  return format.read(source, { limits })
}

interface Refusal {
  readonly id: string
  readonly what: string
  readonly bytes: Uint8Array
  readonly message: string | RegExp
  readonly code?: ErrorCode
  readonly offset?: number
  readonly hint?: string
  readonly limits?: Partial<Limits>
}

interface Acceptance {
  readonly id: string
  readonly what: string
  readonly bytes: Uint8Array
  /** `name dtype [shape]`, in order. */
  readonly tensors: readonly string[]
  /** Rules of the findings. Default: none. */
  readonly findings?: readonly string[]
  readonly check?: (checkpoint: Checkpoint) => void
}

const file = (header: unknown, data?: Uint8Array | number, more: Partial<SafetensorsParts> = {}) =>
  safetensorsBytes({ header, ...(data === undefined ? {} : { data }), ...more })
/** One F32 [2,2] tensor under this JSON text of a name. */
const named = (name: string) => file(`{${name}:{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}`, 16)
/** One tensor `a` with this JSON text of an entry. */
const entryText = (text: string, data = 16) => file(`{"a":${text}}`, data)
const typed = (dtype: string, shape: string, end: number) =>
  entryText(`{"dtype":"${dtype}","shape":${shape},"data_offsets":[0,${end}]}`, end)
const offsets = (text: string, data = 16) =>
  entryText(`{"dtype":"F32","shape":[2,2],"data_offsets":${text}}`, data)
const bytesOf = (...parts: (string | number[])[]) =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'string' ? [...new TextEncoder().encode(part)] : part)),
  )
const good = '"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}'
const appended = (bytes: Uint8Array, tail: Uint8Array) => Uint8Array.from([...bytes, ...tail])
const deep = 100_000

const refused: readonly Refusal[] = [
  {
    id: 'S01',
    what: 'an empty file',
    bytes: new Uint8Array(0),
    code: 'format/empty',
    message: 'the file is empty (0 bytes)',
  },
  {
    id: 'S02',
    what: 'seven bytes',
    bytes: new Uint8Array(7),
    code: 'format/truncated',
    message: 'the file has 7 bytes, and a safetensors file at least 8',
    offset: 7,
  },
  {
    id: 'S03',
    what: 'a length and nothing after it',
    bytes: file('', 0, { length: 60n }),
    code: 'format/truncated',
    message: 'the header length is 60, and the file has 0 bytes after it',
    offset: 8,
  },
  { id: 'S04', what: 'a length of 0', bytes: file('', 0), message: 'the header length is 0', offset: 0 },
  { id: 'S05', what: 'a length of 0 before data', bytes: file('', 16), message: 'the header length is 0' },
  {
    id: 'S06',
    what: 'a header longer than the file',
    bytes: file('{}', 90, { length: 1000n }),
    code: 'format/truncated',
    message: 'the header length is 1000, and the file has 92 bytes after it',
  },
  {
    id: 'S07',
    what: 'the length 2^64-1',
    bytes: file('{}', 0, { length: 2n ** 64n - 1n }),
    message: 'the header length is 18446744073709551615',
  },
  {
    id: 'S08',
    what: 'the length 2^63',
    bytes: file('{}', 0, { length: 2n ** 63n }),
    message: 'the header length is 9223372036854775808',
  },
  {
    id: 'S09',
    what: 'a length over the limit in a small file',
    bytes: file('{}', 0, { length: 100_000_001n }),
    message: 'the header length is 100000001, and the file has 2 bytes after it',
  },
  {
    id: 'S09',
    what: 'a length over the limit in a file that has it',
    bytes: file(`{}${' '.repeat(100)}`),
    limits: { headerBytes: 100 },
    code: 'limit/exceeded',
    message: 'the header length is 102, over the limit headerBytes=100',
    offset: 0,
  },
  {
    id: 'S10',
    what: 'a length that wraps to 0 with the 8 bytes before it',
    bytes: file('{}', 0, { length: 2n ** 64n - 8n }),
    message: '18446744073709551608',
  },
  {
    id: 'S11',
    what: 'a big-endian length',
    bytes: file(`{${good}}`, 16, { isBigEndian: true }),
    message: 'the file has',
    hint: 'as a big-endian number it would be 57, which fits',
  },
  {
    id: 'S13',
    what: 'data no tensor has',
    bytes: file('{}', 16),
    message: '16 bytes from 10 to the end of the file belong to no tensor',
    offset: 10,
  },
  {
    id: 'S14',
    what: 'a ZIP archive appended',
    bytes: appended(file(`{${good}}`, 16), bytesOf('PK', [3, 4], 'polyglot')),
    message: /^12 bytes from 81 .* they look like a ZIP archive$/,
    offset: 81,
  },
  {
    id: 'S15',
    what: 'data cut short',
    bytes: file(`{${good}}`, 14),
    code: 'format/truncated',
    message: 'tensor "a" ends at 81, past the end of the file at 79; 2 of 81 bytes are missing',
    offset: 79,
  },
  { id: 'S19', what: 'NUL padding', bytes: file('{}\0\0'), message: 'a NUL byte', offset: 10 },
  {
    id: 'S20',
    what: 'a byte order mark',
    bytes: file(bytesOf([0xef, 0xbb, 0xbf], '{}')),
    message: 'byte order mark',
    offset: 8,
  },
  {
    id: 'S21',
    what: 'a UTF-16 header',
    bytes: file(bytesOf([0xff, 0xfe], '{\0}\0')),
    message: 'UTF-16',
    offset: 8,
  },
  {
    id: 'S22',
    what: 'a byte in a name that is not UTF-8',
    bytes: file(bytesOf('{"a', [0xff], '":1}')),
    message: 'the byte 0xff is not UTF-8',
    offset: 11,
  },
  {
    id: 'S23',
    what: 'an overlong form',
    bytes: file(bytesOf('{"', [0xc0, 0xaf], '":1}')),
    message: '0xc0 is not UTF-8',
    offset: 10,
  },
  {
    id: 'S23',
    what: 'an encoded surrogate',
    bytes: file(bytesOf('{"', [0xed, 0xa0, 0x80], '":1}')),
    message: '0xed is not UTF-8',
    offset: 10,
  },
  {
    id: 'S24',
    what: 'two bad names a decoder would make one of',
    bytes: file(
      bytesOf(
        '{"',
        [0xff],
        '":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"',
        [0xfe],
        '":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
      ),
      2,
    ),
    message: '0xff is not UTF-8',
  },
  {
    id: 'S25',
    what: 'a lone surrogate in a name',
    bytes: named('"\\ud800"'),
    message: 'lone surrogate \\ud800',
    offset: 10,
  },
  {
    id: 'S26',
    what: 'a lone surrogate in a metadata value',
    bytes: file('{"__metadata__":{"k":"\\ud800"}}'),
    message: 'lone surrogate',
  },
  { id: 'S28', what: 'a comment', bytes: file('{/**/}'), message: 'found "/"', offset: 9 },
  {
    id: 'S28',
    what: 'a trailing comma',
    bytes: file(`{${good},}`, 16),
    message: 'found "}", expected a key',
    offset: 65,
  },
  { id: 'S28', what: 'single quotes', bytes: file("{'a':1}"), message: 'expected a key or "}"' },
  { id: 'S28', what: 'an unquoted name', bytes: file('{a:1}'), message: 'expected a key or "}"' },
  { id: 'S28', what: 'NaN', bytes: file('{"a":NaN}'), message: 'found NaN, which is not JSON', offset: 13 },
  { id: 'S28', what: 'a form feed', bytes: file('\f{}'), message: '0x0c', offset: 8 },
  {
    id: 'S29',
    what: 'a second value',
    bytes: file('{}{}'),
    message: 'expected the end of the header',
    offset: 10,
  },
  ...['[]', 'null', '"x"', '1'].map((text) => ({
    id: 'S30',
    what: `${text} for a header`,
    bytes: file(text),
    message: 'must be a JSON object',
    offset: 8,
  })),
  { id: 'S31', what: 'a raw newline in a name', bytes: named('"a\nb"'), message: 'control character 0x0a' },
  {
    id: 'S34',
    what: 'deep nesting as a metadata value',
    bytes: file(`{"__metadata__":{"k":${'['.repeat(deep)}`),
    message: 'must be a string',
  },
  {
    id: 'S35',
    what: 'deep nesting in a field the format does not have',
    bytes: entryText(`{"x":${'['.repeat(deep)}`),
    message: 'nests deeper than 64, which no safetensors header does',
  },
  {
    id: 'S36',
    what: 'a tensor twice',
    bytes: file(`{${good},${good}}`, 16),
    message: 'the tensor "a" is there twice',
  },
  {
    id: 'S37',
    what: 'a tensor twice, as two types of the same bytes',
    bytes: file(
      '{"w":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
      4,
    ),
    message: /twice: U8 \[4\] at 114 to 118 and F32 \[1\] at 114 to 118$/,
  },
  {
    id: 'S38',
    what: 'a tensor twice, the first wrong',
    bytes: file(`{"a":{"dtype":"F32","shape":[9],"data_offsets":[0,16]},${good}}`, 16),
    message: 'needs 36 bytes',
  },
  {
    id: 'S39',
    what: 'a tensor twice, once spelled with an escape',
    bytes: file(`{${good},${good.replace('"a"', '"\\u0061"')}}`, 16),
    message: 'the tensor "a" is there twice',
  },
  {
    id: 'S40',
    what: 'two __metadata__',
    bytes: file('{"__metadata__":{},"__metadata__":{}}'),
    message: '"__metadata__" is there twice',
  },
  {
    id: 'S40',
    what: 'two __metadata__, one spelled with an escape',
    bytes: file('{"__metadata__":{},"\\u005f_metadata__":{}}'),
    message: '"__metadata__" is there twice',
  },
  {
    id: 'S41',
    what: 'a metadata key twice',
    bytes: file('{"__metadata__":{"k":"1","k":"2"}}'),
    message: 'the key "k" is there twice',
  },
  {
    id: 'S42',
    what: 'dtype twice',
    bytes: entryText('{"dtype":"F32","dtype":"F32","shape":[2,2],"data_offsets":[0,16]}'),
    message: 'the key "dtype" is there twice',
  },
  {
    id: 'S42',
    what: 'shape twice',
    bytes: entryText('{"dtype":"F32","shape":[2,2],"shape":[2,2],"data_offsets":[0,16]}'),
    message: 'the key "shape" is there twice',
  },
  {
    id: 'S42',
    what: 'data_offsets twice',
    bytes: entryText('{"dtype":"F32","data_offsets":[0,16],"shape":[2,2],"data_offsets":[0,16]}'),
    message: 'the key "data_offsets" is there twice',
  },
  {
    id: 'S46',
    what: 'a tensor for __metadata__',
    bytes: file({ __metadata__: entry('F32', [2, 2], 0, 16) }),
    message: 'the metadata value of "shape" must be a string',
  },
  ...['1', 'null', '{}', '["a"]', 'true'].map((value) => ({
    id: 'S46',
    what: `the metadata value ${value}`,
    bytes: file(`{"__metadata__":{"k":${value}}}`),
    message: 'must be a string',
  })),
  {
    id: 'S46',
    what: 'an array for __metadata__',
    bytes: file('{"__metadata__":[]}'),
    message: '"__metadata__" must be an object',
  },
  ...['dtype', 'shape', 'data_offsets'].map((field) => ({
    id: 'S51',
    what: `no ${field}`,
    bytes: file({ a: { ...entry('F32', [2, 2], 0, 16), [field]: undefined } }, 16),
    message: `tensor "a" has no ${field}`,
  })),
  {
    id: 'S52',
    what: 'an entry as an array',
    bytes: entryText('["F32",[2,2],[0,16]]'),
    message: 'the entry of tensor "a" must be an object',
    offset: 13,
  },
  {
    id: 'S53',
    what: 'a dtype as an object',
    bytes: entryText('{"dtype":{"F32":null},"shape":[2,2],"data_offsets":[0,16]}'),
    message: 'expected a string',
  },
  {
    id: 'S50',
    what: 'a number beyond a double in a field the format does not have',
    bytes: entryText('{"dtype":"F32","x":[1e400],"shape":[2,2],"data_offsets":[0,16]}'),
    message: 'the number 1e400 is beyond a double',
  },
  {
    id: 'S54',
    what: 'null for an entry',
    bytes: entryText('null'),
    message: 'the entry of tensor "a" must be an object',
  },
  ...['f32', 'F128', '', 'I4', 'U4', 'F6', 'C128', 'C32'].map((dtype) => ({
    id: 'S55',
    what: `the dtype "${dtype}"`,
    bytes: typed(dtype, '[2,2]', 16),
    message: `tensor "a" has the dtype "${dtype}", which is none of BOOL, F4,`,
    hint: dtype === 'f32' ? 'the format writes it F32' : 'a newer sdinspect may know it',
  })),
  { id: 'S55', what: 'a number for a dtype', bytes: entryText('{"dtype":1}'), message: 'expected a string' },
  ...['-2', '-0', '2.0', '2e0', '4e0', '"2"', 'null', 'true', '1e400', '18446744073709551616', '[2]'].map(
    (dimension) => ({
      id: 'S56-S61',
      what: `the dimension ${dimension}`,
      bytes: typed('F32', `[${dimension},2]`, 16),
      message: /expected (an integer from 0 to 2\^64-1|a digit)/,
    }),
  ),
  { id: 'S59', what: 'a number for a shape', bytes: typed('F32', '4', 16), message: 'expected an array' },
  {
    id: 'S60',
    what: 'a dimension with a leading zero',
    bytes: typed('F32', '[02,2]', 16),
    message: 'a number starts with 0',
  },
  {
    id: 'S62',
    what: 'a shape whose elements overflow',
    bytes: typed('I32', '[2,18446744073709551614]', 4),
    message: 'the number of elements overflows 64 bits',
  },
  {
    id: 'S62',
    what: 'a shape whose bits overflow',
    bytes: typed('I32', '[2,9223372036854775807]', 4),
    message: 'the size in bits overflows 64 bits',
  },
  {
    id: 'S63',
    what: 'a shape whose product wraps to 4',
    bytes: typed('U8', '[4194305,4194305,211106198978564]', 4),
    message: 'the number of elements overflows 64 bits',
  },
  {
    id: 'S64',
    what: '64 twos',
    bytes: typed('U8', `[${Array(64).fill(2)}]`, 4),
    message: 'overflows 64 bits',
  },
  {
    id: 'S66',
    what: 'an overflow before a zero',
    bytes: typed('U8', '[18446744073709551615,2,0]', 0),
    message: 'the number of elements overflows 64 bits',
  },
  {
    id: 'S67',
    what: 'a dimension that rounds',
    bytes: entryText('{"dtype":"U8","shape":[9007199254740993],"data_offsets":[0,9007199254740991]}'),
    message: 'needs 9007199254740993 bytes',
  },
  {
    id: 'S67',
    what: 'offsets that round',
    bytes: entryText('{"dtype":"U8","shape":[1],"data_offsets":[9007199254740992,9007199254740993]}'),
    message: 'data_offsets [9007199254740992, 9007199254740993] of tensor "a" are past the end of any file',
  },
  {
    id: 'S68',
    what: 'more dimensions than the limit',
    bytes: typed('U8', `[${Array(1_001).fill(1)}]`, 1),
    code: 'limit/exceeded',
    message: 'the number of dimensions of tensor "a" is 1001, over the limit dimensions=1000',
  },
  {
    id: 'S70',
    what: 'half a byte',
    bytes: typed('F4', '[3]', 2),
    message: '3 elements are 12 bits, which is no whole number of bytes',
  },
  {
    id: 'S70',
    what: 'half a byte, as a scalar',
    bytes: typed('F4', '[]', 1),
    message: 'no whole number of bytes',
  },
  { id: 'S70', what: 'twelve bits', bytes: typed('F6_E2M3', '[2]', 2), message: '12 bits' },
  ...['[-1,16]', '[0.0,16]', '["0",16]', '[0,1.6e1]', '[0,18446744073709551616]', '[0,null]'].map((text) => ({
    id: 'S71',
    what: `the offsets ${text}`,
    bytes: offsets(text),
    message: 'expected an integer from 0 to 2^64-1',
  })),
  ...['[]', '[16]', '[0,8,16]'].map((text) => ({
    id: 'S71',
    what: `the offsets ${text}`,
    bytes: offsets(text),
    message: 'data_offsets of tensor "a" must be two numbers',
  })),
  { id: 'S71', what: 'offsets as an object', bytes: offsets('{"0":0,"1":16}'), message: 'expected an array' },
  {
    id: 'S72',
    what: 'reversed offsets',
    bytes: offsets('[16,0]'),
    message: 'tensor "a" has data_offsets that begin at 16 and end at 0',
  },
  {
    id: 'S73',
    what: 'an end past the file',
    bytes: file({ a: entry('F32', [1000], 0, 4000) }, 16),
    code: 'format/truncated',
    message: /^tensor "a" ends at \d+, past the end of the file at \d+; 3984 of \d+ bytes are missing$/,
  },
  {
    id: 'S74',
    what: 'a first tensor that begins at 4',
    bytes: file({ a: entry('U8', [4], 4, 8) }),
    message: /tensor "a" begins at 65, and the start of the data is at 61: a gap of 4 bytes/,
    offset: 61,
  },
  {
    id: 'S74',
    what: 'a hole',
    bytes: file({ a: entry('U8', [4], 0, 4), b: entry('U8', [4], 8, 12) }),
    message: /^tensor "b" begins at (\d+), and tensor "a" ends at (\d+): a gap of 4 bytes$/,
  },
  {
    id: 'S74',
    what: 'an overlap',
    bytes: file({ a: entry('U8', [4], 0, 4), b: entry('U8', [4], 2, 6) }),
    message: /^tensor "b" begins at (\d+), and tensor "a" ends at (\d+): they overlap$/,
  },
  {
    id: 'S74',
    what: 'two tensors on one range',
    bytes: file({ a: entry('U8', [4], 0, 4), b: entry('U8', [4], 0, 4) }),
    message: 'they overlap',
  },
  {
    id: 'S75',
    what: 'a tensor without bytes inside another',
    bytes: file({ a: entry('U8', [4], 0, 4), z: entry('U8', [0], 2, 2) }),
    message: 'they overlap',
  },
  {
    id: 'S75',
    what: 'a tensor without bytes past the end',
    bytes: file({ a: entry('U8', [4], 0, 4), z: entry('U8', [0], 8, 8) }, 4),
    message: 'a gap of 4 bytes',
  },
  {
    id: 'S76',
    what: 'a size that is not the type times the shape',
    bytes: typed('F32', '[2,2]', 4),
    message: 'tensor "a" is F32 [2, 2], which needs 16 bytes, and its data_offsets give 4',
  },
  {
    id: 'S76',
    what: 'more bytes than the type times the shape',
    bytes: typed('F32', '[1]', 16),
    message: 'tensor "a" is F32 [1], which needs 4 bytes, and its data_offsets give 16',
  },
  {
    id: 'S73',
    what: 'two tensors past the end, by the one that comes first in the data',
    bytes: file({ b: entry('U8', [4], 8, 12), c: entry('U8', [4], 4, 8), a: entry('U8', [4], 0, 4) }, 6),
    code: 'format/truncated',
    message: 'tensor "c" ends at',
  },
  {
    id: 'S77',
    what: 'a hundred thousand tensors on one range',
    bytes: file(
      `{${Array.from({ length: deep }, (_, n) => `"t${n}":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}`)}}`,
      16,
    ),
    message: 'they overlap',
  },
  ...['[[],'.repeat(1000), '{"x":0,'.repeat(1000), ' '.repeat(100_000)].map((text) => ({
    id: 'S79',
    what: `much of ${JSON.stringify(text.slice(0, 8))}`,
    bytes: file(text),
    message: /must be a|expected a value/,
  })),
  {
    id: 'S80',
    what: 'a name over the limit',
    bytes: named(`"${'n'.repeat(1_048_577)}"`),
    code: 'limit/exceeded',
    message: 'nameBytes=1048576',
  },
  {
    id: 'S82',
    what: 'a number of a million digits',
    bytes: typed('U8', `[${'9'.repeat(1_000_000)}]`, 1),
    message: 'expected an integer from 0 to 2^64-1',
  },
]

const accepted: readonly Acceptance[] = [
  { id: 'S12', what: 'no tensors', bytes: file('{}'), tensors: [] },
  { id: 'S12', what: 'no tensors and padding', bytes: file('{}      '), tensors: [] },
  {
    id: 'S17',
    what: 'a leading space',
    bytes: file(` {${good}}`, 16),
    tensors: ['a F32 [2,2]'],
    findings: ['format/leading-whitespace'],
  },
  {
    id: 'S17',
    what: 'a leading tab and newline',
    bytes: file(`\t\n{${good}}`, 16),
    tensors: ['a F32 [2,2]'],
    findings: ['format/leading-whitespace'],
  },
  {
    id: 'S18',
    what: 'any JSON white space as padding',
    bytes: file(`{${good}}\r\n\t `, 16),
    tensors: ['a F32 [2,2]'],
  },
  {
    id: 'S27',
    what: 'a surrogate pair as an escape',
    bytes: named('"\\ud83d\\ude00"'),
    tensors: ['😀 F32 [2,2]'],
  },
  {
    id: 'S32',
    what: 'an escaped NUL in a name',
    bytes: named('"a\\u0000b"'),
    tensors: ['a\0b F32 [2,2]'],
    findings: ['format/control-in-name'],
  },
  {
    id: 'S33',
    what: 'an empty name',
    bytes: named('""'),
    tensors: [' F32 [2,2]'],
    findings: ['format/empty-name'],
  },
  {
    id: 'S43',
    what: 'names of Object.prototype',
    bytes: file(
      '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"constructor":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"toString":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}',
      3,
    ),
    tensors: ['__proto__ U8 [1]', 'constructor U8 [1]', 'toString U8 [1]'],
  },
  {
    id: 'S44',
    what: 'the metadata key __proto__',
    bytes: file('{"__metadata__":{"__proto__":"x"}}'),
    tensors: [],
    check: ({ metadata }) => expect([...metadata]).toEqual([['__proto__', 'x']]),
  },
  {
    id: 'S45',
    what: 'integer-like names out of order',
    bytes: file(
      '{"2":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"1":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
      2,
    ),
    tensors: ['2 U8 [1]', '1 U8 [1]'],
  },
  {
    id: 'S47',
    what: 'null for __metadata__',
    bytes: file('{"__metadata__":null}'),
    tensors: [],
    findings: ['format/null-metadata'],
  },
  {
    id: 'S48',
    what: 'the NFC and the NFD of a name',
    bytes: file({ '\u00e9': entry('U8', [1], 0, 1), 'e\u0301': entry('U8', [1], 1, 2) }),
    tensors: ['\u00e9 U8 [1]', 'e\u0301 U8 [1]'],
    findings: ['format/names-look-equal'],
  },
  {
    id: 'S48',
    what: 'a name that normalises to ASCII another has',
    bytes: file({ K: entry('U8', [1], 0, 1), '\u212a': entry('U8', [1], 1, 2) }),
    tensors: ['K U8 [1]', '\u212a U8 [1]'],
    findings: ['format/names-look-equal'],
  },
  {
    id: 'S49',
    what: 'a zero width space in a name',
    bytes: named('"a\u200bb"'),
    tensors: ['a\u200bb F32 [2,2]'],
    findings: ['format/invisible-in-name'],
  },
  {
    id: 'S49',
    what: 'a direction override in a name',
    bytes: named('"a\\u202etxt.exe"'),
    tensors: ['a\u202etxt.exe F32 [2,2]'],
    findings: ['format/invisible-in-name'],
  },
  {
    id: 'S49',
    what: 'DEL and C1 controls in a name',
    bytes: named('"a\u007fb\u009b"'),
    tensors: ['a\u007fb\u009b F32 [2,2]'],
    findings: ['format/control-in-name'],
  },
  {
    id: 'S50',
    what: 'a field the format does not have',
    bytes: entryText(`{"dtype":"F32","x":[{"y":[1,"z"]}],"shape":[2,2],"data_offsets":[0,16]}`),
    tensors: ['a F32 [2,2]'],
    findings: ['format/unknown-field'],
  },
  {
    id: 'S65',
    what: 'a huge dimension after a zero',
    bytes: typed('F32', '[0,18446744073709551615]', 0),
    tensors: ['a F32 [0,18446744073709552000]'],
    findings: ['format/huge-dimension'],
    check: ({ findings, stateDicts }) => {
      expect(findings[0]?.message).toContain('F32 [0, 18446744073709551615]')
      expect(stateDicts[0]?.tensors.at(0)).toMatchObject({ elements: 0, bytes: 0 })
    },
  },
  {
    id: 'S68',
    what: 'as many dimensions as the limit',
    bytes: typed('U8', `[${Array(1_000).fill(1)}]`, 1),
    tensors: [`a U8 [${Array(1_000).fill(1)}]`],
  },
  {
    id: 'S69',
    what: 'a scalar and tensors without elements',
    bytes: file({ s: entry('F32', [], 0, 4), e: entry('F32', [0], 4, 4), f: entry('F32', [2, 0], 4, 4) }),
    tensors: ['s F32 []', 'e F32 [0]', 'f F32 [2,0]'],
  },
  {
    id: 'S70',
    what: 'elements smaller than a byte',
    bytes: file({ a: entry('F4', [4], 0, 2), b: entry('F6_E3M2', [4], 2, 5) }),
    tensors: ['a F4 [4]', 'b F6_E3M2 [4]'],
    check: ({ stateDicts }) =>
      expect(stateDicts[0]?.tensors.map(({ elements, bytes }) => [elements, bytes])).toEqual([
        [4, 2],
        [4, 3],
      ]),
  },
  {
    id: 'S75',
    what: 'a tensor without bytes sharing an offset, and one at the end',
    bytes: file({ a: entry('U8', [0], 0, 0), b: entry('U8', [4], 0, 4), z: entry('U8', [0], 4, 4) }),
    tensors: ['a U8 [0]', 'b U8 [4]', 'z U8 [0]'],
  },
  {
    id: 'S75',
    what: 'a tensor without bytes listed after the one it shares an offset with',
    bytes: file({ c: entry('U8', [2], 4, 6), b: entry('U8', [4], 0, 4), z: entry('U8', [0], 0, 0) }),
    tensors: ['c U8 [2]', 'b U8 [4]', 'z U8 [0]'],
  },
  {
    id: 'S49',
    what: 'DEL in a name',
    bytes: named('"a\u007f"'),
    tensors: ['a\u007f F32 [2,2]'],
    findings: ['format/control-in-name'],
  },
  {
    id: 'S49',
    what: 'a byte order mark that is part of a name',
    bytes: named('"\ufeffa"'),
    tensors: ['\ufeffa F32 [2,2]'],
    findings: ['format/invisible-in-name'],
  },
  {
    id: 'S48',
    what: 'two spellings of a name, neither of them the NFC',
    bytes: file({ 'a\u0307\u0323': entry('U8', [1], 0, 1), '\u0227\u0323': entry('U8', [1], 1, 2) }),
    tensors: ['a\u0307\u0323 U8 [1]', '\u0227\u0323 U8 [1]'],
    findings: ['format/names-look-equal'],
  },
  {
    id: 'S48',
    what: 'names of more than 1,000 characters, which are not normalised: it can take quadratic time',
    bytes: file({
      ['\u00e9'.repeat(1_001)]: entry('U8', [1], 0, 1),
      ['e\u0301'.repeat(1_001)]: entry('U8', [1], 1, 2),
    }),
    tensors: [`${'\u00e9'.repeat(1_001)} U8 [1]`, `${'e\u0301'.repeat(1_001)} U8 [1]`],
  },
  {
    id: 'S80',
    what: 'a name of a megabyte',
    bytes: named(`"${'n'.repeat(1_000_000)}"`),
    tensors: [`${'n'.repeat(1_000_000)} F32 [2,2]`],
  },
  {
    id: 'S80',
    what: 'a name of a hundred thousand segments',
    bytes: named(`"${'a.'.repeat(deep)}w"`),
    tensors: [`${'a.'.repeat(deep)}w F32 [2,2]`],
  },
  {
    id: 'S81',
    what: 'a metadata value of 5 MB',
    bytes: file({ __metadata__: { k: 'v'.repeat(5_000_000) } }),
    tensors: [],
    check: ({ metadata }) => expect(metadata.get('k')).toHaveLength(5_000_000),
  },
  { id: 'S81', what: '20 MB of padding', bytes: file(`{}${' '.repeat(20_000_000)}`), tensors: [] },
  {
    id: 'S82',
    what: 'a name of 170,000 escapes',
    bytes: named(`"${'\\u0041'.repeat(170_000)}"`),
    tensors: [`${'A'.repeat(170_000)} F32 [2,2]`],
  },
  {
    id: 'S83',
    what: 'data at an odd offset after a header of odd length',
    bytes: file(
      `{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F64","shape":[1],"data_offsets":[1,9]}}`,
      9,
    ),
    tensors: ['a U8 [1]', 'b F64 [1]'],
  },
  {
    id: 'S84',
    what: 'bytes of a BOOL that are not 0 or 1',
    bytes: file({ a: entry('BOOL', [2], 0, 2) }, Uint8Array.of(2, 255)),
    tensors: ['a BOOL [2]'],
  },
  {
    id: 'S85',
    what: 'a type that was changed',
    bytes: file({ a: entry('I32', [2, 2], 0, 16) }),
    tensors: ['a I32 [2,2]'],
  },
  {
    id: 'S86',
    what: 'entries that are not in the order of their data',
    bytes: file({ a: entry('U8', [2], 4, 6), b: entry('U8', [4], 0, 4) }),
    tensors: ['a U8 [2]', 'b U8 [4]'],
    check: ({ stateDicts }) => expect(stateDicts[0]?.tensors.map(firstByte)).toEqual([117, 113]),
  },
]

describe('a safetensors file is refused for', () => {
  it.each(refused.map((row) => [`${row.what} (${row.id})`, row] as const))('%s', async (_, row) => {
    const error = await read(row.bytes, limitsWith(row.limits ?? {})).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    if (!(error instanceof SdinspectError)) throw error ?? new Error('it was accepted')
    expect(error.code).toBe(row.code ?? 'format/malformed')
    if (typeof row.message === 'string') expect(error.message).toContain(row.message)
    else expect(error.message).toMatch(row.message)
    if (row.offset !== undefined) expect(error.offset).toBe(row.offset)
    if (row.hint !== undefined) expect(error.hint).toContain(row.hint)
    expect(error.message).not.toMatch(/\n/)
    expect(error.message.length).toBeLessThan(1_000)
  })
})

describe('a safetensors file is read with', () => {
  it.each(accepted.map((row) => [`${row.what} (${row.id})`, row] as const))('%s', async (_, row) => {
    const checkpoint = await read(row.bytes)
    expect(
      checkpoint.stateDicts[0]?.tensors.map(({ name, dtype, shape }) => `${name} ${dtype} [${shape}]`),
    ).toEqual(row.tensors)
    expect(checkpoint.findings.map(({ rule }) => rule)).toEqual(row.findings ?? [])
    row.check?.(checkpoint)
  })

  it('every element type, at its own size (S84)', async () => {
    // Bits of 8 elements are bytes of the tensor. The list is the reference's enum.
    const bits = {
      BOOL: 8,
      F4: 4,
      F6_E2M3: 6,
      F6_E3M2: 6,
      U8: 8,
      I8: 8,
      F8_E5M2: 8,
      F8_E4M3: 8,
      F8_E8M0: 8,
      F8_E4M3FNUZ: 8,
      F8_E5M2FNUZ: 8,
      I16: 16,
      U16: 16,
      F16: 16,
      BF16: 16,
      I32: 32,
      U32: 32,
      F32: 32,
      C64: 64,
      F64: 64,
      I64: 64,
      U64: 64,
    }
    for (const [dtype, bytes] of Object.entries(bits)) {
      const { stateDicts } = await read(typed(dtype, '[2,4]', bytes))
      expect(stateDicts[0]?.tensors.at(0)).toMatchObject({ dtype, elements: 8, bytes })
    }
  })
})

describe('the limit of the header length (S87)', () => {
  it.each([
    [99_999_999, true],
    [100_000_000, true],
    [100_000_001, false],
  ])('at %i bytes is the reference’s', async (length, isRead) => {
    // Only what is asked for is made: the header is all spaces behind its braces.
    const source = {
      name: 'x.safetensors',
      size: 8 + length,
      async read(offset: number, count: number) {
        const bytes = new Uint8Array(count).fill(0x20)
        if (offset === 0) new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true)
        else bytes.set([0x7b, 0x7d])
        return bytes
      },
    }
    const reading = safetensors.read(source, { limits: defaultLimits })
    if (isRead) expect([...((await reading).stateDicts[0]?.tensors ?? [1])]).toEqual([])
    else await expect(reading).rejects.toMatchObject({ code: 'limit/exceeded' })
  })
})
