import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readZip, readZipEntry, type ZipArchive } from '../../src/codec/zip.ts'
import { isSdinspectError } from '../../src/errors.ts'
import { defaultLimits, type Limits } from '../../src/limits.ts'
import { memorySource } from '../../src/source/memory.ts'
import { type ArchiveSpec, type EntrySpec, zipBytes } from './zip-bytes.ts'

const limits: Limits = defaultLimits

function open(bytes: Uint8Array, changed: Partial<Limits> = {}): Promise<ZipArchive> {
  const source = memorySource(bytes)
  return readZip(source.size, source.read, { ...limits, ...changed })
}

async function content(bytes: Uint8Array, name: string): Promise<string> {
  const entry = (await open(bytes)).byName.get(name)
  if (entry === undefined) throw new Error(`no ${name}`)
  const read = await readZipEntry(entry, memorySource(bytes).read, limits)
  expect(read.checksumFits).toBe(true)
  return Buffer.from(read.bytes).toString()
}

const entry: EntrySpec = { name: 'a/data.pkl', data: 'hello' }
const other: EntrySpec = { name: 'a/version', data: '3\n' }

describe('a sound archive', () => {
  test.each<[string, EntrySpec[], ArchiveSpec]>([
    ['stored', [entry, other], {}],
    ['deflated', [{ ...entry, deflate: true }, other], {}],
    [
      'with sizes after the data, and padding before them',
      [{ ...entry, descriptor: true, padding: 37 }, other],
      {},
    ],
    ['with the last sizes right before the directory', [other, { ...entry, descriptor: true }], {}],
    ['with zip64 records though it is small', [entry, other], { zip64: true }],
    ['with a comment', [entry, other], { comment: Buffer.from('made by hand') }],
  ])('is read: %s', async (_, entries, archive) => {
    const bytes = zipBytes(entries, archive)
    expect(await content(bytes, 'a/data.pkl')).toBe('hello')
    expect(await content(bytes, 'a/version')).toBe('3\n')
    expect(await open(bytes)).toMatchObject({ trailingBytes: 0, strayBytes: 0 })
  })

  test('takes the place of the data from the local header, which alone knows the padding', async () => {
    const archive = await open(zipBytes([{ ...entry, padding: 100 }]))
    expect(archive.entries[0]?.offset).toBe(30 + 10 + 100)
  })

  test('may hold another archive, stored, near its end', async () => {
    const inner = zipBytes([entry])
    const bytes = zipBytes([{ name: 'a/inner.pt', data: inner }, other])
    expect((await open(bytes)).entries).toHaveLength(2)
  })

  test('says how many bytes follow it', async () => {
    expect(await open(zipBytes([entry], { trailing: Buffer.alloc(80) }))).toMatchObject({ trailingBytes: 80 })
  })
})

describe('a data descriptor', () => {
  const forms = [{}, { unsigned: true }, { wide: true }, { unsigned: true, wide: true }]

  test.each(forms)('of the form %j is taken, between entries and before the directory', async (form) => {
    const told: EntrySpec = { ...entry, descriptor: true, descriptorForm: form }
    for (const entries of [
      [told, other],
      [other, told],
    ]) {
      const bytes = zipBytes(entries)
      expect(await open(bytes)).toMatchObject({ strayBytes: 0 })
      expect(await content(bytes, 'a/data.pkl')).toBe('hello')
    }
  })

  test.each(forms)('of the form %j has to agree with the directory', async (form) => {
    for (const wrong of [
      { descriptor: 1 },
      { descriptorForm: { ...form, compressedBytes: 6 } },
      { descriptorForm: { ...form, bytes: 6 } },
    ])
      await expect(
        open(zipBytes([{ ...entry, descriptor: true, descriptorForm: form, ...wrong }, other])),
      ).rejects.toMatchObject({ message: expect.stringContaining('and the directory disagree') })
  })

  test('with another signature is refused', async () => {
    const bytes = zipBytes([{ ...entry, descriptor: true }, other])
    bytes.writeUInt32LE(0x08074b51, 30 + 10 + 5)
    await expect(open(bytes)).rejects.toMatchObject({
      message: expect.stringContaining('and the directory disagree'),
    })
  })

  // 12, 16, 20 and 24 bytes are the four forms.
  test.each([1, 3, 5, 8, 9])('with %d bytes after it is refused', async (stray) => {
    for (const descriptorForm of forms) {
      const rest = (descriptorForm.unsigned ? 0 : 4) + (descriptorForm.wide ? 20 : 12) + stray
      if ([12, 16, 20, 24].includes(rest)) continue
      await expect(
        open(zipBytes([{ ...entry, descriptor: true, descriptorForm, stray }, other])),
      ).rejects.toMatchObject({
        message: expect.stringContaining(`has ${rest} bytes after it and announces a data descriptor`),
      })
    }
  })
})

test('entries may be named in another order than they stand in', async () => {
  const bytes = zipBytes([entry, { ...other, descriptor: true }, { name: 'a/last', data: 'x' }], {
    reversed: true,
  })
  expect((await open(bytes)).entries.map(({ name }) => name)).toEqual(['a/last', 'a/version', 'a/data.pkl'])
  expect(await content(bytes, 'a/data.pkl')).toBe('hello')
})

test('a descriptor is found where it begins the bytes that are read', async () => {
  const large: EntrySpec = { name: 'a/large', data: 'x'.repeat(50_000), descriptor: true }
  for (const descriptorForm of [{}, { wide: true }])
    expect(await open(zipBytes([large, { ...large, name: 'a/more', descriptorForm }, other]))).toMatchObject({
      strayBytes: 0,
    })
})

describe('a local header', () => {
  test('may leave sizes to zip64, and to the descriptor only where it announces one', async () => {
    const saturated = { compressedBytes: 0xffffffff, bytes: 0xffffffff }
    expect(await content(zipBytes([{ ...entry, local: saturated }, other]), 'a/data.pkl')).toBe('hello')
    for (const local of [{ compressedBytes: 0 }, { bytes: 0 }, { crc: 0 }])
      await expect(open(zipBytes([{ ...entry, local }, other]))).rejects.toMatchObject({
        message: expect.stringContaining('other sizes or another checksum'),
      })
    for (const local of [{ compressedBytes: 1 }, { bytes: 1 }, { crc: 1 }, { bytes: 0xfffffffe }])
      await expect(open(zipBytes([{ ...entry, descriptor: true, local }, other]))).rejects.toMatchObject({
        message: expect.stringContaining('other sizes or another checksum'),
      })
  })

  test('stands where the entry before it has ended, to the byte', async () => {
    await expect(open(zipBytes([entry, { ...other, headerOffset: 44 }]))).rejects.toMatchObject({
      message: expect.stringContaining('"a/data.pkl" ends at 45 or later, "a/version" starts at 44'),
      offset: 44,
    })
  })

  test('stands at the very beginning', async () => {
    const prefix = Buffer.from('x')
    await expect(open(zipBytes([entry], { prefix }))).rejects.toMatchObject({
      message: expect.stringContaining('1 bytes of data before the archive'),
      offset: 0,
    })
  })
})

test('bytes that belong to no entry are counted, wherever they stand', async () => {
  const bytes = zipBytes([
    { ...entry, stray: 7 },
    { ...other, stray: 5 },
  ])
  expect(await open(bytes)).toMatchObject({ strayBytes: 12 })
  expect(await content(bytes, 'a/version')).toBe('3\n')
})

test('local headers far from each other are read sixteen at a time', async () => {
  const entries = Array.from(
    { length: 40 },
    (_, i): EntrySpec => ({ name: `a/${i}`, data: `${i}`.repeat(5_000) }),
  )
  const bytes = zipBytes(entries)
  const source = memorySource(bytes)
  const lengths: number[] = []
  let atOnce = 0
  let most = 0
  const archive = await readZip(
    source.size,
    async (offset, length) => {
      most = Math.max(most, ++atOnce)
      lengths.push(length)
      const read = await source.read(offset, length)
      atOnce--
      return read
    },
    limits,
  )
  expect(archive.entries.map(({ name }) => name)).toEqual(entries.map(({ name }) => name))
  expect(archive.strayBytes).toBe(0)
  expect(most).toBe(16)
  // A header, its name and the descriptor that may stand before it.
  expect(lengths.filter((length) => length <= 24 + 30 + 4).length).toBeGreaterThanOrEqual(40)
  expect(await content(bytes, 'a/39')).toBe('39'.repeat(5_000))
})

describe('a local header whose extra field is longer than the archive has room for', () => {
  // The directory knows nothing of it, so only the local header can move an entry into the next.
  test.each([1, 2, 3, 4, 5, 60_000])('by %d bytes is refused', async (extra) => {
    const bytes = zipBytes([entry, other])
    new DataView(bytes.buffer, bytes.byteOffset).setUint16(28, extra, true)
    const end = 30 + 10 + extra + 5
    await expect(open(bytes)).rejects.toMatchObject({
      code: 'format/malformed',
      message: expect.stringContaining(`ends at ${end}, past the start of what follows at 45`),
    })
  })
})

describe('refuses', () => {
  const unicodePath = (name: string) => {
    const field = Buffer.alloc(9 + name.length)
    field.writeUInt16LE(0x7075, 0)
    field.writeUInt16LE(5 + name.length, 2)
    field[4] = 1
    field.write(name, 9)
    return field
  }
  test.each<[string, EntrySpec[], ArchiveSpec, string]>([
    ['junk before the archive', [entry], { prefix: Buffer.from('#!/bin/sh\n') }, '10 bytes of data before'],
    ['an end record in the comment of another', [entry], { comment: zipBytes([]) }, 'ambiguous end record'],
    ['two archives one after the other', [entry], { trailing: zipBytes([other]) }, 'data before the archive'],
    ['fewer entries than announced', [entry], { end: { entries: 2 } }, 'no directory record 1 of 2'],
    [
      'more entries than announced',
      [entry, other],
      { end: { entries: 1 } },
      'the directory of 1 entries ends at',
    ],
    ['a directory past the end', [entry], { end: { directoryOffset: 4000 } }, 'runs past its end record'],
    ['a second disk', [entry], { end: { disk: 1 } }, 'several disks'],
    ['an entry on a second disk', [{ ...entry, disk: 1 }], {}, 'is on disk 1'],
    ['a zip64 locator to nowhere', [entry], { zip64: true, locator: 2n ** 63n }, 'over 2^53'],
    ['a zip64 locator to other bytes', [entry], { zip64: true, locator: 3n }, 'no zip64 end record at 3'],
    ['a local header with another name', [{ ...entry, local: { name: 'a/dbta.pkl' } }], {}, 'another name'],
    [
      'a local header with another method',
      [{ ...entry, local: { method: 8 } }],
      {},
      'method 8 in its local header',
    ],
    ['a local header with another size', [{ ...entry, local: { bytes: 4 } }], {}, 'other sizes'],
    ['a local header with another checksum', [{ ...entry, local: { crc: 4 } }], {}, 'another checksum'],
    ['a descriptor that disagrees', [{ ...entry, descriptor: 99 }, other], {}, 'the data descriptor of'],
    ['an encrypted entry', [{ ...entry, flags: 1 }], {}, 'encrypted or patched (flags 0x1)'],
    ['a patched entry', [{ ...entry, flags: 0x20 }], {}, 'encrypted or patched'],
    ['a strongly encrypted entry', [{ ...entry, flags: 0x40 }], {}, 'encrypted or patched'],
    ['another compression method', [{ ...entry, method: 93 }], {}, 'compression method 93'],
    ['two entries of one name', [entry, entry], {}, 'duplicate entry "a/data.pkl"'],
    [
      'two names that differ in case',
      [entry, { ...other, name: 'a/DATA.pkl' }],
      {},
      'are equal ignoring case',
    ],
    ['overlapping entries', [entry, { ...other, headerOffset: 5 }], {}, 'entries overlap'],
    [
      'an entry without a local header',
      [entry, { ...other, padding: 5, headerOffset: 46 }],
      {},
      'no local header',
    ],
    [
      'a stored entry of two sizes',
      [{ ...entry, bytes: 2_000_000_000 }],
      {},
      'its sizes are 5 and 2000000000',
    ],
    [
      'an entry that runs into the directory',
      [{ ...entry, compressedBytes: 99, bytes: 99 }],
      {},
      'past the directory',
    ],
    [
      'a deflated entry that cannot be as large as it says',
      [{ ...entry, deflate: true, bytes: 2_000_000_000 }],
      {},
      'cannot expand',
    ],
    ['a name that climbs', [{ ...other, name: 'a/../../tmp/evil' }], {}, 'leads out of its folder'],
    ['an absolute name', [{ ...other, name: '/etc/evil' }], {}, 'absolute path'],
    ['a drive letter', [{ ...other, name: 'C:evil' }], {}, 'absolute path'],
    ['a backslash', [{ ...other, name: 'a\\data\\1' }], {}, 'backslash'],
    ['a NUL in a name', [{ ...other, name: 'a/data\0.pkl' }], {}, 'NUL'],
    ['a second name in Unicode', [{ ...entry, extra: unicodePath('a/data.pkx') }], {}, 'Unicode path field'],
  ])('%s', async (_, entries, archive, message) => {
    const error = await open(zipBytes(entries, archive)).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'format/malformed' })
    expect(error.message).toContain(message)
  })

  test('a file without an end record', async () => {
    await expect(open(Buffer.from('PK\x03\x04 and then nothing'))).rejects.toMatchObject({
      code: 'format/truncated',
    })
  })

  test('deflated data with bytes after their end', async () => {
    const packed = Buffer.concat([Buffer.from([0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]), Buffer.of(1, 2)])
    const bytes = zipBytes([{ ...entry, method: 8, raw: packed }])
    await expect(content(bytes, 'a/data.pkl')).rejects.toThrow('ends 2 bytes before')
  })

  test.each<[Partial<Limits>, string]>([
    [{ zipEntries: 1 }, 'zipEntries=1'],
    [{ zipDirectoryBytes: 10 }, 'zipDirectoryBytes=10'],
    [{ zipNameBytes: 5 }, 'zipNameBytes=5'],
  ])('what is over a limit, by its name: %j', async (changed, name) => {
    const error = await open(zipBytes([entry, other]), changed).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'limit/exceeded' })
    expect(error.message).toContain(name)
  })

  test('an entry that would expand too much, before it is inflated', async () => {
    const bytes = zipBytes([{ ...entry, data: new Uint8Array(1_000_000), deflate: true }])
    const archive = await open(bytes)
    const read = readZipEntry(archive.entries[0] as never, memorySource(bytes).read, limits)
    await expect(read).rejects.toThrow('zipExpansion=200')
  })
})

test('a wrong checksum is told, and the bytes are given', async () => {
  const bytes = zipBytes([{ ...entry, crc: 7 }])
  const archive = await open(bytes)
  expect(await readZipEntry(archive.entries[0] as never, memorySource(bytes).read, limits)).toMatchObject({
    checksumFits: false,
  })
})

test('reads 70,000 entries in a few dozen reads', async () => {
  const entries = Array.from({ length: 70_000 }, (_, i) => ({ name: `a/data/${i}`, data: 'x', padding: 20 }))
  const source = memorySource(zipBytes(entries, { zip64: true }))
  let reads = 0
  const archive = await readZip(
    source.size,
    (offset, length) => {
      reads++
      return source.read(offset, length)
    },
    limits,
  )
  expect(archive.entries).toHaveLength(70_000)
  expect(reads).toBeLessThan(50)
})

test('every prefix of an archive is refused', async () => {
  const bytes = zipBytes(
    [
      { ...entry, descriptor: true },
      { ...other, deflate: true },
    ],
    { zip64: true },
  )
  for (let length = 0; length < bytes.length; length++) {
    const error = await open(bytes.subarray(0, length)).catch((thrown) => thrown)
    expect(isSdinspectError(error), `prefix of ${length}`).toBe(true)
  }
})

test('any change of up to four bytes is read or refused', async () => {
  const bytes = zipBytes(
    [
      { ...entry, descriptor: true, padding: 9 },
      { ...other, deflate: true },
    ],
    { zip64: true },
  )
  const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255))
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      const changed = Uint8Array.from(bytes)
      for (const [at, byte] of changes) changed[at] = byte
      try {
        const archive = await open(changed)
        for (const found of archive.entries) await readZipEntry(found, memorySource(changed).read, limits)
      } catch (error) {
        if (!isSdinspectError(error)) throw error
      }
    }),
    { numRuns: 1500 },
  )
})
