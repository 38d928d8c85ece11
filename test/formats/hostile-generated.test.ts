import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { SdinspectError } from '../../src/errors.ts'
import { open } from '../../src/index.ts'
import { memorySource } from '../../src/source/memory.ts'

/** Type, shape and a hash of the values, as the reference has them. */
type Read = readonly [name: string, type: string, shape: readonly number[], ...rest: (number | string)[]]
type Row = readonly [name: string, bytes: number, read: readonly Read[] | null]

/**
 * Files with one lie each, and what the reference reads of them, or null where it refuses: fixtures/generate/hostile_gguf.py
 * with gguf-py, hostile_numpy.py with NumPy. Names and verdicts, then the files one after the other.
 */
const packed = brotliDecompressSync(
  readFileSync(new URL('../../fixtures/hostile/generated.br', import.meta.url)),
)
const rowsEnd = 4 + packed.readUInt32LE(0)
const rows: { readonly gguf: readonly Row[]; readonly numpy: readonly Row[] } = JSON.parse(
  packed.subarray(4, rowsEnd).toString(),
)
const cases = new Map<string, { bytes: Uint8Array; read: readonly Read[] | null }>()
let at = rowsEnd
for (const kind of ['gguf', 'numpy'] as const)
  for (const [name, bytes, read] of rows[kind]) {
    cases.set(name, { bytes: new Uint8Array(packed.subarray(at, at + bytes)), read })
    at += bytes
  }

/** NumPy's names of types. */
const types: Readonly<Record<string, string>> = {
  '<f2': 'F16',
  '<f4': 'F32',
  '>f4': 'F32',
  '<f8': 'F64',
  '|i1': 'I8',
  '|u1': 'U8',
  '<i4': 'I32',
  '<u8': 'U64',
  '>i8': 'I64',
  '|b1': 'BOOL',
  '<c8': 'C64',
  '<c16': 'C128',
}

interface Ours {
  readonly tensors: readonly (readonly [
    name: string,
    type: string | null,
    shape: readonly number[],
    hash: string,
  ])[]
  readonly values: readonly string[]
  readonly rules: readonly string[]
}

/** What is read of a file, or the code with which it is refused. */
async function ours(name: string, bytes: Uint8Array): Promise<Ours | string> {
  try {
    const opened = await open(memorySource(bytes, name))
    try {
      const tensors = []
      for (const { name, dtype, shape, tiedTo } of opened.tensors) {
        if (tiedTo !== null) continue
        const hash = createHash('sha256')
        let refused = ''
        try {
          for await (const { bytes } of opened.values(name)) hash.update(bytes)
        } catch (error) {
          if (!(error instanceof SdinspectError)) throw error
          refused = error.code
        }
        tensors.push([name, dtype, shape, refused || hash.digest('hex').slice(0, 16)] as const)
      }
      const values = opened.checkpoint.stateDicts.flatMap(({ values = [] }) => values.map((one) => one.name))
      return { tensors, values, rules: opened.report.findings.map(({ rule }) => rule) }
    } finally {
      await opened.close()
    }
  } catch (error) {
    if (!(error instanceof SdinspectError) || error.message === '') throw error
    return error.code
  }
}

/** What the reference refuses and is read here without a finding, and why. */
const argued: readonly (readonly [name: RegExp, why: string])[] = [
  [/hdr_py2long_3/, 'a number of Python 2 in a header of version 3 says the same'],
  [/pickle_O/, 'an array of objects is listed, and its values are none'],
  [/cd_ver_99/, 'the archive asks for a newer zip than its entries need'],
  [/_s_flip_|_d_flip_/, 'values are held to their checksums where they are read: check --values'],
]

describe.each(['gguf', 'numpy'] as const)('generated hostile files: %s', (kind) => {
  test('are refused with a code, or read as the reference reads them', async () => {
    expect(rows[kind].length).toBeGreaterThan(500)
    for (const [name] of rows[kind]) {
      const { bytes, read } = cases.get(name) as NonNullable<ReturnType<typeof cases.get>>
      const answer = await ours(name, bytes)
      if (typeof answer === 'string') {
        expect([name, answer]).toEqual([name, expect.stringMatching(/^(format|unsupported|limit)\//)])
        continue
      }
      const { tensors, values, rules } = answer
      if (read === null) {
        if (rules.length === 0)
          expect(argued.filter(([pattern]) => pattern.test(name)).length, name).toBeGreaterThan(0)
        continue
      }
      // What holds no numbers of ours is listed as an entry that is none.
      const listed = [...tensors.map(([name]) => name), ...values].sort()
      // Members that are not called .npy are told in one finding.
      const isTold = (name: string) => rules.includes('numpy/other-members') && !listed.includes(name)
      const wanted = read.map(([name]) => name).filter((name) => !isTold(name))
      expect([name, listed]).toEqual([name, wanted.sort()])
      for (const [tensor, type, shape, hash] of tensors) {
        const reference = read.find((one) => one[0] === tensor) as Read
        // gguf-py has another size for a type of ggml that no file should have; MLX's bfloat16 is raw bytes to NumPy.
        if (reference[1] === 'Q8_1' || reference[1] === '|V2') continue
        if (type !== null)
          expect([name, tensor, type]).toEqual([name, tensor, types[reference[1]] ?? reference[1]])
        expect([name, tensor, shape]).toEqual([name, tensor, reference[2]])
        if (hash !== 'usage/no-values') expect([name, tensor, hash]).toEqual([name, tensor, reference.at(-1)])
      }
    }
  }, 120_000)
})

test('values of raw elements whose type is not recorded are refused with a code', async () => {
  const raw = cases.get('0156_descr___V2_.npy')
  if (raw === undefined) throw new Error('the case is not there')
  expect(await ours('a.npy', raw.bytes)).toMatchObject({
    tensors: [['arr_0', null, [2, 3], 'usage/no-values']],
    rules: ['numpy/raw-type', 'numpy/trailing-bytes'],
  })
})
