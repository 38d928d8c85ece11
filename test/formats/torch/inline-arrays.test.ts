import { expect, test } from 'vitest'
import { isSdinspectError } from '../../../src/errors.ts'
import { open } from '../../../src/index.ts'
import { memorySource } from '../../../src/source/memory.ts'

const latin1 = (text: string) => Buffer.from(text, 'latin1')

/** A pickle of protocol 2, of one array: the opcodes that push its data are given. */
function arrayPickle(
  data: Buffer,
  { type = 'f4', shape = 'K\x02\x85', order = '<', fortran = '\x89' } = {},
): Buffer {
  return Buffer.concat([
    latin1('\x80\x02}U\x01wcnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R'),
    latin1(
      `(K\x01${shape}cnumpy\ndtype\nU\x02${type}K\x00K\x01\x87R(K\x03U\x01${order}NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb`,
    ),
    latin1(fortran),
    data,
    latin1('tbs.'),
  ])
}

const short = (bytes: Buffer) => Buffer.concat([latin1('U'), Buffer.of(bytes.length), bytes])
const long = (bytes: Buffer) => {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  return Buffer.concat([latin1('T'), length, bytes])
}

async function values(pickle: Buffer): Promise<Buffer | string> {
  try {
    await using checkpoint = await open(memorySource(pickle, 'old.pkl'))
    const parts: Buffer[] = []
    for await (const { bytes } of checkpoint.values('w')) parts.push(Buffer.from(bytes))
    return Buffer.concat(parts)
  } catch (error) {
    if (!isSdinspectError(error)) throw error
    return `${error.code}: ${error.message}`
  }
}

// Python 2 has one type for text and bytes, so bytes that are UTF-8 by chance come as a text.
test.each([
  ['that are no text', Buffer.of(1, 2, 0xff, 4, 5, 6, 7, 0x80)],
  ['that are ASCII', Buffer.from('abcdefgh')],
  ['that are UTF-8', Buffer.from('aé€ï')],
])('arrays of Python 2 are the bytes of their strings: %s', async (_, bytes) => {
  expect(bytes.length).toBe(8)
  expect(await values(arrayPickle(short(bytes)))).toEqual(bytes)
  expect(await values(arrayPickle(long(bytes)))).toEqual(bytes)
  expect(await values(arrayPickle(short(bytes), { order: '>' }))).toEqual(Buffer.from(bytes).swap32())
})

test('values in Fortran order come row by row', async () => {
  const found = await values(
    arrayPickle(short(Buffer.of(0, 1, 2, 3, 4, 5)), {
      type: 'u1',
      order: '|',
      shape: 'K\x02K\x03\x86',
      fortran: '\x88',
    }),
  )
  expect(found).toEqual(Buffer.of(0, 2, 4, 1, 3, 5))
})

test('an array of more or fewer bytes than its shape needs is refused, as NumPy refuses it', async () => {
  const why = (bytes: number) =>
    `format/malformed: a NumPy array of F32 [2] has ${bytes} bytes, and it needs 8`
  expect(await values(arrayPickle(short(Buffer.alloc(7))))).toBe(why(7))
  expect(await values(arrayPickle(short(Buffer.alloc(9, 0xff))))).toBe(why(9))
})
