import { describe, expect, test } from 'vitest'
import { type EntrySpec, zipBytes } from '../../codec/zip-bytes.ts'
import { fixtureBytes, readBytes } from './open.ts'

/** A file as torch.save writes it: one tensor of 4 float32, at `location`. */
function saved(
  location = 'cpu',
  records: Readonly<Record<string, string>> = {},
  view = '',
  more = '',
): Uint8Array {
  const text = (value: string) => `X${String.fromCharCode(value.length)}\0\0\0${value}`
  const pickle =
    `\x80\x02}${text('w')}ctorch._utils\n_rebuild_tensor_v2\n((${text('storage')}ctorch\nFloatStorage\n${text('0')}` +
    `${text(location)}K\x04${view}tQK\x00K\x04\x85K\x01\x85\x89}tRs${more}.`
  const all: Record<string, string> = { version: '3\n', '.storage_alignment': '64', ...records }
  const entries: EntrySpec[] = [
    { name: 'a/data.pkl', data: Buffer.from(pickle, 'latin1') },
    { name: 'a/data/0', data: new Uint8Array(16) },
    ...Object.entries(all).map(([name, data]) => ({ name: `a/${name}`, data: Buffer.from(data, 'latin1') })),
  ]
  return zipBytes(entries)
}

async function levels(bytes: Uint8Array): Promise<readonly string[]> {
  const { findings } = await readBytes(bytes)
  return findings.map(({ rule, level }) => `${rule} ${level}`)
}

// What torch 2.15 said of each: torch.load(weights_only=True) of the same file with this one record changed.
describe('the records that torch reads before it loads an archive', () => {
  const taken = ['3', '3\n', ' 3', '3abc', '1', '10', '+3', '03', '3\x00']
  const refused = ['99', '', 'abc', '0', '11', '-1', '0x3', '18446744073709551616', '\x003']
  test.each(taken)('the version %j is taken', async (version) => {
    expect(await levels(saved('cpu', { version }))).toEqual([])
  })
  test.each(refused)('the version %j is refused', async (version) => {
    expect(await levels(saved('cpu', { version }))).toEqual(['torch/refused error'])
  })
  test('.data/version is taken before version', async () => {
    expect(await levels(saved('cpu', { '.data/version': '99' }))).toEqual(['torch/refused error'])
    expect(await levels(saved('cpu', { '.data/version': '3', version: '99' }))).toEqual([])
  })
  test.each(['64', '0', '-1', ' 64 ', '6_4', '+64'])('the alignment %j is taken', async (alignment) => {
    expect(await levels(saved('cpu', { '.storage_alignment': alignment }))).toEqual([])
  })
  test.each(['', 'abc', '1.5', '\xd9\xa3', '64\x00', '\xff', '6__4'])(
    'the alignment %j is refused',
    async (alignment) => {
      expect(await levels(saved('cpu', { '.storage_alignment': alignment }))).toEqual(['torch/refused error'])
    },
  )
})

describe('the places where torch puts storages', () => {
  test.each(['cpu', 'meta'])('%j is everywhere', async (location) => {
    expect(await levels(saved(location))).toEqual([])
  })
  test.each(['cuda', 'cuda:0', 'mps', 'hpu:0', 'xpu:0', 'privateuseone'])(
    '%j is known, and not on every machine',
    async (location) => {
      expect(await levels(saved(location))).toEqual(['torch/device info'])
    },
  )
  test.each(['foo', 'cpu:0', 'cpux', 'cuda:x', ''])('%j is an error', async (location) => {
    expect(await levels(saved(location))).toEqual(['torch/location error'])
  })
  test.each(['npu:0', 'xla:0'])('%j is of another package', async (location) => {
    expect(await levels(saved(location))).toEqual(['torch/location info'])
  })
})

test('a float8 tensor in the layout before torch 1.6 is written by torch, and not loaded', async () => {
  expect(await levels(fixtureBytes('torch/refused/legacy-float8.pt'))).toEqual(['torch/refused error'])
})

test('an archive whose storage is named with a view, as before torch 1.6, is refused', async () => {
  const bytes = saved('cpu', {}, 'N')
  expect(await levels(bytes)).toEqual(['torch/refused error'])
})

// torch.load of the same with encoding="latin1" is well, and without ends in UnicodeDecodeError (2.15, weights_only=False).
describe('strings of Python 2', () => {
  const entry = (value: string) => `X\x02\0\0\0by${value}s`
  test.each(['U\x02\xe9a', 'T\x02\0\0\0\xe9a', "S'\\xe9a'\n", 'U\x03\xed\xa0\x80'])(
    '%j is no text that torch reads',
    async (value) => {
      expect(await levels(saved('cpu', {}, '', entry(value)))).toEqual(['torch/old-text error'])
    },
  )
  test.each(['U\x02ab', 'U\x03\xc3\xa9a', "S'ab'\n", 'X\x03\0\0\0\xed\xa0\x80'])(
    '%j is one',
    async (value) => {
      expect(await levels(saved('cpu', {}, '', entry(value)))).toEqual([])
    },
  )
})
