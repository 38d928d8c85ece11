import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  mkdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fileSource } from '../../src/source/file.ts'
import type { ByteSource } from '../../src/source/source.ts'
import { temporaryFolder } from './temporary-folder.ts'

const unix = process.platform !== 'win32'

async function opened(path: string): Promise<ByteSource> {
  const source = await fileSource(path)
  onTestFinished(() => source.close?.())
  return source
}

function fileOf(bytes: Uint8Array | string): string {
  const path = join(temporaryFolder(), 'model.safetensors')
  writeFileSync(path, bytes)
  return path
}

it('reads exactly the bytes asked for', async () => {
  const path = fileOf(Uint8Array.from({ length: 1000 }, (_, index) => index % 251))
  const source = await opened(path)
  expect(source.size).toBe(1000)
  expect(source.name).toBe(path)
  expect([...(await source.read(250, 3))]).toEqual([250, 0, 1])
  expect(await source.read(1000, 0)).toHaveLength(0)
})

it.each([
  [0, 11],
  [10, 1],
  [-1, 2],
  [0.5, 1],
  [2 ** 53, 1],
  [0, Number.NaN],
])('refuses the range %d, %d of a file of 10 bytes', async (offset, length) => {
  const source = await opened(fileOf('0123456789'))
  await expect(source.read(offset, length)).rejects.toMatchObject({ code: 'format/truncated' })
})

it('opens an empty file', async () => {
  expect((await opened(fileOf(''))).size).toBe(0)
})

it('says which file was probably meant when there is none', async () => {
  const path = fileOf('x')
  await expect(fileSource(path.replace('model.', 'modell.'))).rejects.toMatchObject({
    code: 'source/not-found',
    message: 'the file does not exist',
    hint: 'did you mean "model.safetensors"?',
  })
})

it('says nothing when no name is near', async () => {
  await expect(fileSource(join(temporaryFolder(), 'x'))).rejects.toMatchObject({
    code: 'source/not-found',
    ownHint: undefined,
  })
})

it('refuses a path below a file', async () => {
  await expect(fileSource(join(fileOf('x'), 'y'))).rejects.toMatchObject({ code: 'source/not-found' })
})

it('refuses a path with a NUL character', async () => {
  await expect(fileSource('a\0b')).rejects.toMatchObject({ code: 'source/not-found' })
})

it('hints at the folder when the name was not UTF-8', async () => {
  await expect(fileSource(join(temporaryFolder(), 'a\ufffd'))).rejects.toMatchObject({
    hint: expect.stringContaining('give its folder'),
  })
})

it('refuses a folder', async () => {
  await expect(fileSource(temporaryFolder())).rejects.toMatchObject({
    code: 'source/not-a-file',
    message: 'the file is a folder, and a regular file is needed',
  })
})

it.runIf(unix)('refuses a named pipe without waiting for a writer', async () => {
  const path = join(temporaryFolder(), 'pipe')
  execFileSync('mkfifo', [path])
  await expect(fileSource(path)).rejects.toMatchObject({
    code: 'source/not-a-file',
    message: 'the file is a named pipe, and a regular file is needed',
  })
})

it.runIf(unix)('refuses a socket', async () => {
  const path = join(temporaryFolder(), 's')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(path, resolve))
  onTestFinished(() => void server.close())
  await expect(fileSource(path)).rejects.toMatchObject({ code: 'source/not-a-file' })
})

it.runIf(unix)('refuses a device', async () => {
  await expect(fileSource('/dev/zero')).rejects.toMatchObject({ code: 'source/not-a-file' })
})

it.runIf(process.platform === 'linux')('refuses a file that the system makes up', async () => {
  await expect(fileSource('/proc/cpuinfo')).rejects.toMatchObject({
    code: 'source/not-a-file',
    message: expect.stringContaining('claims to be 0 bytes'),
  })
})

it.runIf(unix)('refuses links that go in a circle', async () => {
  const folder = temporaryFolder()
  symlinkSync('b', join(folder, 'a'))
  symlinkSync('a', join(folder, 'b'))
  await expect(fileSource(join(folder, 'a'))).rejects.toMatchObject({
    code: 'source/io',
    message: expect.stringContaining('circle'),
  })
})

it.runIf(unix)('says where a broken link led', async () => {
  const folder = temporaryFolder()
  symlinkSync('../blobs/abc', join(folder, 'a'))
  await expect(fileSource(join(folder, 'a'))).rejects.toMatchObject({
    code: 'source/not-found',
    hint: expect.stringContaining('"../blobs/abc"'),
  })
})

it.runIf(unix)('refuses a name that is too long', async () => {
  await expect(fileSource(join(temporaryFolder(), 'x'.repeat(5000)))).rejects.toMatchObject({
    code: 'source/io',
    message: expect.stringContaining('longer'),
  })
})

it('notices that the file was cut off', async () => {
  const path = fileOf('0123456789')
  const source = await opened(path)
  truncateSync(path, 4)
  await expect(source.read(0, 10)).rejects.toMatchObject({
    code: 'source/changed',
    message: 'the file changed while it was read: it ended at 4, and was 10 bytes long when opened',
  })
  await expect(source.read(0, 2)).rejects.toMatchObject({ code: 'source/changed' })
})

it('notices that the file has grown', async () => {
  const path = fileOf('0123456789')
  const source = await opened(path)
  appendFileSync(path, 'more')
  await expect(source.read(0, 10)).rejects.toMatchObject({
    code: 'source/changed',
    message: 'the file changed while it was read: it is 14 bytes long, and was 10 when opened',
  })
})

it('notices that the file was written to', async () => {
  const path = fileOf('0123456789')
  const source = await opened(path)
  writeFileSync(path, '9876543210')
  utimesSync(path, 1, 1)
  await expect(source.read(0, 10)).rejects.toMatchObject({ code: 'source/changed' })
})

it.runIf(unix)('reads the file it opened when another takes its place', async () => {
  const path = fileOf('old')
  const source = await opened(path)
  writeFileSync(`${path}.new`, 'new')
  renameSync(`${path}.new`, path)
  expect(new TextDecoder().decode(await source.read(0, 3))).toBe('old')
})

it.runIf(unix)('reads the head of a sparse file of a terabyte', async () => {
  const path = fileOf('head')
  truncateSync(path, 2 ** 40)
  const source = await opened(path)
  expect(source.size).toBe(2 ** 40)
  expect(new TextDecoder().decode(await source.read(0, 4))).toBe('head')
})

it('refuses to hold a terabyte in memory', async () => {
  const path = fileOf('head')
  truncateSync(path, 2 ** 40)
  const source = await opened(path)
  await expect(source.read(0, 2 ** 40)).rejects.toMatchObject({ code: 'source/io' })
})

it('gives back every handle of 3,000 files opened and closed in turn', async () => {
  const path = fileOf('x')
  mkdirSync(`${path}.d`)
  for (let index = 0; index < 3000; index++) await (await fileSource(path)).close?.()
  await expect(fileSource(`${path}.d`)).rejects.toMatchObject({ code: 'source/not-a-file' })
})

// What is read in this thread, and what another one reads for us.
describe.each([8, 1_000_000])('a file of %d bytes', (length) => {
  const content = Buffer.alloc(length, 'abcdefg')

  it('gives the bytes asked for', async () => {
    const source = await opened(fileOf(content))
    expect(Buffer.from(await source.read(0, length)).equals(content)).toBe(true)
    expect(Buffer.from(await source.read(1, length - 1)).equals(content.subarray(1))).toBe(true)
    expect(await source.read(length, 0)).toHaveLength(0)
  })

  it('that was cut off is noticed', async () => {
    const path = fileOf(content)
    const source = await opened(path)
    truncateSync(path, 4)
    await expect(source.read(0, length)).rejects.toMatchObject({
      code: 'source/changed',
      message: `the file changed while it was read: it ended at 4, and was ${length} bytes long when opened`,
    })
  })

  it('cannot be read once it is closed, also when its descriptor is that of another by now', async () => {
    const source = await fileSource(fileOf(content))
    await source.close?.()
    await source.close?.()
    const other = await opened(fileOf(Buffer.alloc(length, 'x')))
    await expect(source.read(0, length)).rejects.toMatchObject({
      code: 'source/io',
      message: 'the file is closed already',
    })
    expect((await other.read(0, 1))[0]).toBe(0x78)
  })

  it('that is closed while it is read gives what was asked for first', async () => {
    const source = await fileSource(fileOf(content))
    const [read] = await Promise.all([source.read(0, length), source.close?.()])
    expect(Buffer.from(read).equals(content)).toBe(true)
  })
})
