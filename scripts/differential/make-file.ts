import { dtypes, safetensorsDTypes } from '../../src/model/tensors/dtype.ts'
import type { Random } from './random.ts'

const names = [
  'a',
  'b',
  'w',
  'fc.weight',
  'fc.bias',
  '',
  '__proto__',
  '1',
  '0',
  'é',
  'e\u0301',
  '😀',
  '"',
  '\\',
  'a\u0000',
  '\u202e',
  '__metadata_',
  'model.layers.0.mlp.weight',
]
const numbers = [
  '0',
  '1',
  '2',
  '3',
  '4',
  '8',
  '16',
  '-1',
  '-0',
  '1.0',
  '1e0',
  '01',
  '4294967296',
  '9007199254740991',
  '9007199254740993',
  '9223372036854775807',
  '9223372036854775808',
  '18446744073709551615',
  '18446744073709551616',
  '1e400',
  'null',
  'true',
  '"1"',
  '[]',
  '{}',
  'NaN',
]
/** Values of a field the format does not have, which the library passes over, though not without looking. */
const unknownValues = [
  '1e308',
  '-1e309',
  '0e999',
  '1e-999',
  '9'.repeat(308),
  '9'.repeat(400),
  '"\\ud800"',
  '"\\ud83d\\ude00"',
  '[1e400]',
  '{"y":1,"y":2}',
  '[,]',
  '18446744073709551616',
  '-9223372036854775809',
  '""',
  'nul',
]

const pieces = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '"',
  '\\',
  ' ',
  '\n',
  '\t',
  '\r',
  '\f',
  '\0',
  '\u0001',
  'null',
  'true',
  'false',
  '{}',
  '[]',
  '""',
  '"\\u0061"',
  '"\\ud800"',
  '"\\ud83d\\ude00"',
  '\\u0000',
  '\\n',
  '\\x',
  ',"x":1',
  ...unknownValues.map((value) => `,"x":${value}`),
  ',"x":[[{"y":1}]]',
  '"__metadata__":{},',
  '"__metadata__":null,',
  '"__metadata__":{"format":"pt"},',
  '"__metadata__":{"k":1},',
  '"__metadata__":{"k":"1","k":"2"},',
  '"dtype":"U8",',
  '"shape":[1],',
  '"data_offsets":[0,1],',
  '{"U8":null}',
  '["U8",[1],[0,1]]',
  ...numbers,
]
const types = [...safetensorsDTypes, 'f32', 'F128', 'I4', 'U4', 'F6', 'C128', '']

/** A safetensors file, mostly wrong in one to four ways. */
export function makeFile(random: Random): Uint8Array {
  const { text, dataBytes } = makeHeader(random)
  let header = new TextEncoder().encode(random.oneIn(2) ? changeTokens(random, text) : text)
  if (random.oneIn(3)) header = changeBytes(random, header)
  const data = dataBytes + (random.oneIn(12) ? random.below(5) - 2 : 0)
  const length = header.length + (random.oneIn(20) ? random.pick([-2, -1, 1, 2, 8, 100]) : 0)
  const file = new Uint8Array(8 + header.length + Math.max(0, data))
  for (let index = 8; index < file.length; index++) file[index] = index * 37
  file.set(header, 8)
  const view = new DataView(file.buffer)
  view.setBigUint64(0, BigInt(Math.max(0, length)), true)
  if (random.oneIn(100))
    view.setBigUint64(0, random.pick([0n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n - 8n, 100_000_001n]), true)
  return random.oneIn(100) ? file.subarray(0, random.below(file.length + 1)) : file
}

/** A valid header, in any spelling. */
function makeHeader(random: Random): { readonly text: string; readonly dataBytes: number } {
  const space = () => (random.oneIn(20) ? random.pick([' ', '\n', '\t ', '\r\n']) : '')
  const spaced = (...parts: string[]) => parts.map((part) => space() + part + space()).join('')
  const members: string[] = []
  if (random.oneIn(4))
    members.push(
      spaced('"__metadata__"', ':', random.pick(['{}', '{"format":"pt"}', '{"k":"","l":"\\u00e9"}', 'null'])),
    )
  const begin = random.below(2)
  let offset = 0
  for (let count = random.below(4); count > 0; count--) {
    // Names may be there twice: one of the differences.
    const name = JSON.stringify(random.pick(names))
    const dtype = random.pick(safetensorsDTypes)
    const shape = Array.from({ length: random.below(4) }, () => random.pick([0, 1, 1, 2, 2, 3, 4]))
    if (dtypes[dtype].bits < 8 && !random.oneIn(4)) shape.push(4)
    const bytes = Math.floor((shape.reduce((a, b) => a * b, 1) * dtypes[dtype].bits) / 8)
    const type = random.oneIn(60) ? `{"${dtype}":null}` : `"${dtype}"`
    const values = [
      type,
      `[${shape.map((dimension) => spaced(String(dimension)))}]`,
      `[${spaced(String(offset))},${spaced(String(offset + bytes))}]`,
    ]
    const fields = ['"dtype"', '"shape"', '"data_offsets"'].map((key, at) =>
      spaced(key, ':', values[at] as string),
    )
    if (random.oneIn(5)) fields.reverse()
    members.push(spaced(name, ':', random.oneIn(60) ? `[${values}]` : `{${fields.join(',')}}`))
    offset += bytes
  }
  if (random.oneIn(5)) members.reverse()
  const json = `{${members.join(',')}}`
  return {
    text: begin === 1 ? json.padEnd(Math.ceil(json.length / 8) * 8) : json + space(),
    dataBytes: offset,
  }
}

/** Changes a number, a type, a key or a piece of syntax. */
function changeTokens(random: Random, text: string): string {
  let changed = text
  for (let count = 1 + random.below(2); count > 0; count--) {
    const tokens = [...changed.matchAll(/-?\d+|"[^"]*"|[{}[\],:]/g)]
    if (tokens.length === 0) return changed
    const token = random.pick(tokens)
    const before = changed.slice(0, token.index)
    const after = changed.slice(token.index + token[0].length)
    changed = before + replacement(random, token[0]) + after
  }
  return changed
}

function replacement(random: Random, token: string): string {
  if (random.oneIn(6)) return random.pick(pieces) + token
  if (random.oneIn(8)) return ''
  if (/\d$/.test(token)) return random.pick(numbers)
  if (token.startsWith('"'))
    return random.oneIn(3)
      ? random.pick(pieces)
      : JSON.stringify(random.pick(random.oneIn(2) ? types : names))
  return random.pick(pieces)
}

function changeBytes(random: Random, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const at = random.below(bytes.length + 1)
  const insert = random.oneIn(2) ? [random.below(256)] : [...new TextEncoder().encode(random.pick(pieces))]
  const rest = bytes.subarray(at + random.below(3))
  return Uint8Array.from([...bytes.subarray(0, at), ...(random.oneIn(4) ? [] : insert), ...rest])
}
