import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { inspect } from '../../../src/index.ts'
import type { Report } from '../../../src/model/report.ts'
import { open } from '../../../src/node.ts'
import { memorySource } from '../../../src/source/memory.ts'
import { zipBytes } from '../../codec/zip-bytes.ts'
import { Distance } from '../../helpers/distance.ts'
import { type ArrayParts, arrayBytes } from './array-bytes.ts'

const fixtures = fileURLToPath(new URL('../../../fixtures', import.meta.url))
/** What NumPy loads of each file: fixtures/generate/numpy_files.py. */
const expected: Record<
  string,
  { name: string; dtype: string | null; shape: number[]; bytes: number; sha256: string | null }[]
> = JSON.parse(readFileSync(`${fixtures}/numpy/expected.json`, 'utf8'))

const bytesOf = (path: string) => new Uint8Array(readFileSync(`${fixtures}/${path}`))
const read = (bytes: Uint8Array, name: string): Promise<Report> => inspect(memorySource(bytes, name))
const model = (report: Report) => report.stateDicts[0] as Report['stateDicts'][number]
const array = (parts: ArrayParts) => read(arrayBytes(parts), 'a.npy')
const shaped = (shape: string, data?: number) =>
  array({
    header: `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`,
    ...(data === undefined ? {} : { data }),
  })
const typed = (descr: string, data: number) =>
  array({ header: `{'descr': ${descr}, 'fortran_order': False, 'shape': (2,), }`, data })

describe.each(Object.keys(expected))('%s', (name) => {
  const numbers = (expected[name] ?? []).filter(({ dtype }) => dtype !== null)

  it('has the arrays of numbers that NumPy loads, in its order', async () => {
    const { tensors } = model(await read(bytesOf(`numpy/${name}`), name))
    expect(
      tensors.filter(({ dtype }) => dtype !== null).map((one) => [one.name, one.dtype, one.shape, one.bytes]),
    ).toEqual(numbers.map((one) => [one.name, one.dtype, one.shape, one.bytes]))
  })

  it('gives the values of each', async () => {
    const checkpoint = await open(`${fixtures}/numpy/${name}`)
    try {
      for (const { name: tensor, sha256 } of numbers) {
        const hash = createHash('sha256')
        for await (const { bytes } of checkpoint.values(tensor)) hash.update(bytes)
        expect([tensor, hash.digest('hex')]).toEqual([tensor, sha256])
      }
    } finally {
      await checkpoint.close()
    }
  })
})

it('reads the bfloat16 of MLX, which NumPy has as raw bytes', async () => {
  // mx.save(mx.array([1.5, -2.0]).astype(mx.bfloat16)), of MLX 0.32.
  const header = "{'descr': '<V2', 'fortran_order': True, 'shape': (2, )}    "
  const bytes = arrayBytes({ header, data: Uint8Array.of(0xc0, 0x3f, 0x00, 0xc0) })
  const checkpoint = await open(memorySource(bytes, 'b.npy'))
  try {
    expect(checkpoint.tensors).toMatchObject([{ dtype: 'BF16', shape: [2], bytes: 4 }])
    expect(checkpoint.report.findings).toEqual([])
    for await (const window of checkpoint.values('arr_0'))
      expect([...window.bytes]).toEqual([0xc0, 0x3f, 0, 0xc0])
  } finally {
    await checkpoint.close()
  }
})

describe('an archive of arrays', () => {
  it('names what holds no numbers, and what its objects import', async () => {
    const report = await read(bytesOf('numpy/others.npz'), 'others.npz')
    expect(model(report).values?.map(({ name, description }) => [name, description])).toEqual([
      ['records', 'records [2]'],
      ['texts', 'texts (<U2) [2]'],
      ['byte_strings', 'byte strings (|S2) [2]'],
      ['dates', 'dates (<M8[ns]) [1]'],
      ['objects', 'pickled objects [2], not read'],
    ])
    expect(report.pickle?.imports.map(({ name, within }) => [name, within])).toEqual(
      ['numpy._core.multiarray._reconstruct', 'numpy.ndarray', 'numpy.dtype', 'datetime.date'].map((one) => [
        one,
        'objects',
      ]),
    )
    expect(report.findings.map(({ rule, level }) => [rule, level])).toEqual([
      ['security/pickle-globals', 'warning'],
      ['numpy/raw-type', 'warning'],
    ])
  })

  it('that would run code when it is loaded is at fault', async () => {
    const pickle = Buffer.from('\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R.', 'latin1')
    const header = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
    const bytes = zipBytes([{ name: 'a.npy', data: arrayBytes({ header, data: pickle }), deflate: true }])
    const { findings } = await read(bytes, 'm.npz')
    expect(findings).toMatchObject([{ rule: 'security/pickle-globals', level: 'error' }])
    expect((await read(arrayBytes({ header, data: pickle }), 'm.npy')).findings).toMatchObject([
      { level: 'error' },
    ])
  })

  it('is known when something else comes first in it', async () => {
    const bytes = zipBytes([
      { name: 'README', data: 'hello' },
      { name: 'a.npy', data: arrayBytes() },
    ])
    expect((await read(bytes, 'm')).format).toBe('npz')
  })

  it('are read where their first bytes are a small part of what they are compressed to', async () => {
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (6400,), }"
    // Not to be made smaller: 25,600 bytes of a deflated stream, of which the header is in the first.
    const digests = Array.from({ length: 800 }, (_, i) => createHash('sha256').update(String(i)).digest())
    const bytes = zipBytes([
      {
        name: 'a.npy',
        data: arrayBytes({ header, data: new Uint8Array(Buffer.concat(digests)) }),
        deflate: true,
      },
    ])
    expect(model(await read(bytes, 'a.npz')).tensors[0]).toMatchObject({ name: 'a', shape: [6_400] })
  })

  it('that announces far more than it holds is described, and its values are not made', async () => {
    const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (40000000,), }"
    const bytes = zipBytes([{ name: 'a.npy', data: arrayBytes({ header, data: 40_000_000 }), deflate: true }])
    expect(bytes.length).toBeLessThan(100_000)
    expect(model(await read(bytes, 'm.npz')).tensors).toMatchObject([{ dtype: 'U8', shape: [40_000_000] }])
    const checkpoint = await open(memorySource(bytes, 'm.npz'))
    await expect(checkpoint.values('a').next()).rejects.toMatchObject({ code: 'limit/exceeded' })
    await checkpoint.close()
  })

  it('at a distance takes two rounds', async () => {
    const bytes = bytesOf('numpy/numbers.npz')
    const far = new Distance()
    const large = zipBytes([
      ...Array.from({ length: 30 }, (_, i) => ({
        name: `a${i}.npy`,
        data: arrayBytes({
          header: "{'descr': '|u1', 'fortran_order': False, 'shape': (100000,), }",
          data: 100_000,
        }),
      })),
    ])
    const report = await inspect(far.source(large, 'm.npz'))
    expect(report).toEqual(await read(large, 'm.npz'))
    expect([far.rounds.length, far.bytes <= 1_048_576]).toEqual([2, true])
    expect(model(await read(bytes, 'm.npz')).tensors.some(({ name }) => name === 'W')).toBe(true)
  })
})

/** fixtures/hostile/npz: refused as NumPy does, or read with these findings. */
const hostile: Record<string, RegExp | readonly string[]> = {
  N01_ok: [],
  N04_shape_huge: /more elements than any file/,
  N05_shape_1TB: /needs 1000000000000 bytes for its values, and has 16/,
  N06_short: /needs 16 bytes for its values, and has 15/,
  N11_hdr_11k: /has 11061 bytes; NumPy reads none of over 10000/,
  N12_v2_4GB_hdr: /has 4294967295 bytes/,
  N13_ver9: /version 9.9/,
  N19_big_endian: [],
  N20_structured: [],
  N21_unicode_u: [],
  N22_void: ['numpy/raw-type'],
  N23_dup_names: /duplicate entry/,
  N26_non_npy_member: /a ZIP archive, and torch did not write it/,
  N28_shape_float: /no literal that NumPy writes: "2.0"/,
  N31_shape_bool: /something other than lengths/,
  N32_scalar: [],
  N33_zero: /dimension of 18446744073709551616/,
  N34_datetime: [],
  N36_hdr_nonutf8_v3: /no UTF-8/,
  N40_empty_member: /ends in its header/,
}

describe('a hostile archive', () => {
  it.each(Object.entries(hostile))('%s', async (name, outcome) => {
    const reading = read(bytesOf(`hostile/npz/${name}.npz`), `${name}.npz`)
    if (outcome instanceof RegExp) await expect(reading).rejects.toThrow(outcome)
    else expect((await reading).findings.map(({ rule }) => rule)).toEqual(outcome)
  })

  it('with a and a.npy is refused: NumPy gives either', async () => {
    const bytes = zipBytes([
      { name: 'a.npy', data: arrayBytes() },
      { name: 'a', data: 'x' },
    ])
    await expect(read(bytes, 'm.npz')).rejects.toThrow('which NumPy takes for one')
  })
})

describe('the header of an array', () => {
  it.each([
    ['(4,)', [4], 16],
    ['(2L, 2L)', [2, 2], 16],
    ['()', [], 4],
    ['(0, 5)', [0, 5], 0],
    ['( 2 ,2)', [2, 2], 16],
  ])('has the shape %s', async (text, shape, data) => {
    expect(model(await shaped(text, data)).tensors[0]?.shape).toEqual(shape)
  })

  it.each([
    ['(2*2,)', /no ","/],
    ["(__import__('os').system('true'),)", /"__import__"/],
    ['(0x2,)', /"0x2"/],
    ['(1_0,)', /"1_0"/],
    ['(-1,)', /something other than lengths/],
    ['[2, 2]', /no tuple/],
    ['(4)', /no tuple/],
    ['(True,)', /something other than lengths/],
    [`${'('.repeat(5_000)}`, /nests too deeply/],
    ['(0, 18446744073709551616)', /dimension of 18446744073709551616/],
    [`(${'1,'.repeat(65)})`, /65 dimensions/],
  ])('with the shape %s is refused', async (text, message) => {
    await expect(shaped(text)).rejects.toThrow(message)
  })

  it.each([
    ["{'descr': '<f4', 'fortran_order': False}", /no dict of/],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'more': 1}", /no dict of/],
    ["{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': (4,)}", /for the second time/],
    ["{'descr': '<f4', 'fortran_order': 0, 'shape': (4,)}", /neither True nor False/],
    ["{'descr': 4, 'fortran_order': False, 'shape': (4,)}", /names no type/],
    ["# {'descr': '<f4', 'fortran_order': False, 'shape': (4,)}", /no literal/],
    ["{'descr': '<f4', 'fortran_order': False, 'shape': (4,)} + 1", /more follows/],
  ])('that is %s is refused', async (header, message) => {
    await expect(array({ header })).rejects.toThrow(message)
  })

  it.each([
    ["'bfloat16'", /"bfloat16", which NumPy does not read/],
    ["'<q9'", /"<q9"/],
  ])('of the type %s is refused', async (descr, message) => {
    await expect(typed(descr, 16)).rejects.toThrow(message)
  })

  it.each([
    ["'|b1'", 'BOOL', 2],
    ["'>i8'", 'I64', 16],
    ["'=f2'", 'F16', 4],
  ])('of the type %s is %s', async (descr, dtype, data) => {
    expect(model(await typed(descr, data)).tensors[0]?.dtype).toBe(dtype)
  })

  it('of a type that torch does not have is no tensor', async () => {
    const report = await typed("'<f16'", 32)
    expect(model(report).values?.map(({ description }) => description)).toEqual(['floats (<f16) [2]'])
  })
})
