import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { linkSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { describe, expect, it, onTestFinished } from 'vitest'
import { diskPlace } from '../../src/source/disk-place.ts'
import { memoryPlace } from '../../src/source/memory-place.ts'
import type { Place } from '../../src/source/source.ts'
import { temporaryFolder } from './temporary-folder.ts'

const unix = process.platform !== 'win32'

async function text(place: Place, name: string): Promise<string> {
  const source = await place.open(name)
  try {
    return new TextDecoder().decode(await source.read(0, source.size))
  } finally {
    await source.close?.()
  }
}

function onDisk(files: Record<string, string>): string {
  const folder = temporaryFolder()
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}

const files = { 's-10.bin': 'ten', 's-2.bin': 'two', 'unet/model.bin': 'u', 'unet/deep/x.bin': 'x' }
const encoded = new Map(
  Object.entries(files).map(([name, content]) => [name, new TextEncoder().encode(content)]),
)
const places: [string, () => Place][] = [
  ['on disk', () => diskPlace(onDisk(files))],
  ['in memory', () => memoryPlace(encoded)],
  ['of blobs', () => memoryPlace(new Map([...encoded].map(([name, bytes]) => [name, new Blob([bytes])])))],
]

describe.each(places)('a place %s', (_, make) => {
  it('lists its files and folders in natural order', async () => {
    expect(await make().list()).toEqual(['s-2.bin', 's-10.bin'])
    expect(await make().folders?.()).toEqual(['unet'])
    expect(await make().folder?.('unet').list()).toEqual(['model.bin'])
  })

  it('opens files by relative name', async () => {
    expect(await text(make(), 's-2.bin')).toBe('two')
    expect(await text(make(), 'unet/deep/x.bin')).toBe('x')
    expect(await text(make().folder?.('unet') as Place, 'model.bin')).toBe('u')
  })

  it('names the file that differs in letter case only', async () => {
    await expect(make().open('S-2.bin')).rejects.toMatchObject({
      code: 'source/not-found',
      hint: 'there is "s-2.bin"',
    })
  })

  it.each(['../x', '/etc/passwd', 'C:x', 'unet/../../x'])('refuses %s', async (name) => {
    await expect(make().open(name)).rejects.toMatchObject({ code: 'source/outside' })
  })

  it('refuses a sub-folder outside', () => {
    expect(() => make().folder?.('..')).toThrow(expect.objectContaining({ code: 'source/outside' }))
  })
})

it('keeps names like __proto__ as data', async () => {
  const place = memoryPlace(new Map([['__proto__', new Uint8Array([65])]]))
  expect(await text(place, '__proto__')).toBe('A')
})

describe.runIf(unix)('links', () => {
  it('refuses a link to a file outside', async () => {
    const outside = onDisk({ secret: 'secret' })
    const folder = temporaryFolder()
    symlinkSync(join(outside, 'secret'), join(folder, 'm.safetensors'))
    await expect(diskPlace(folder).open('m.safetensors')).rejects.toMatchObject({ code: 'source/outside' })
  })

  it('refuses a file in a linked folder outside', async () => {
    const outside = onDisk({ 'm.bin': 'secret' })
    const folder = temporaryFolder()
    symlinkSync(outside, join(folder, 'sub'))
    await expect(diskPlace(folder).open('sub/m.bin')).rejects.toMatchObject({ code: 'source/outside' })
  })

  it('follows a link from one folder to another of what was given, and not beyond it', async () => {
    const root = temporaryFolder()
    mkdirSync(join(root, 'model', 'sub', 'deep'), { recursive: true })
    writeFileSync(join(root, 'secret'), 's')
    writeFileSync(join(root, 'model', 'm.safetensors'), 'm')
    symlinkSync('../../m.safetensors', join(root, 'model', 'sub', 'deep', 'again.safetensors'))
    symlinkSync('../../../secret', join(root, 'model', 'sub', 'deep', 'away.safetensors'))
    const deep = diskPlace(join(root, 'model')).folder?.('sub').folder?.('deep')
    const source = await deep?.open('again.safetensors')
    expect(source?.size).toBe(1)
    await source?.close?.()
    await expect(deep?.open('away.safetensors')).rejects.toMatchObject({ code: 'source/outside' })
    // Given itself, the folder is all there is.
    const alone = diskPlace(join(root, 'model', 'sub', 'deep'))
    await expect(alone.open('again.safetensors')).rejects.toMatchObject({ code: 'source/outside' })
  })

  it('refuses a folder whose name only starts like this one', async () => {
    const parent = onDisk({ 'model/a': '', 'model-secret/x': 'secret' })
    symlinkSync('../model-secret/x', join(parent, 'model', 'x'))
    await expect(diskPlace(join(parent, 'model')).open('x')).rejects.toMatchObject({ code: 'source/outside' })
  })

  it('follows a link inside the folder, and a linked folder', async () => {
    const folder = onDisk({ 'a/real.bin': 'real' })
    symlinkSync('a/real.bin', join(folder, 'm.bin'))
    const linked = join(temporaryFolder(), 'link')
    symlinkSync(folder, linked)
    expect(await text(diskPlace(linked), 'm.bin')).toBe('real')
  })

  it('follows a snapshot of the hub cache to a blob of its own repository', async () => {
    const hash = '0123456789abcdef'.repeat(4)
    const cache = onDisk({ [`models--org--name/blobs/${hash}`]: 'weights', 'models--org--name/blobs/x': 'x' })
    const snapshot = join(cache, 'models--org--name', 'snapshots', 'rev')
    mkdirSync(join(snapshot, 'unet'), { recursive: true })
    symlinkSync(`../../blobs/${hash}`, join(snapshot, 'model.safetensors'))
    symlinkSync(`../../../blobs/${hash}`, join(snapshot, 'unet', 'model.safetensors'))
    symlinkSync('../../blobs/x', join(snapshot, 'odd.safetensors'))
    expect(await text(diskPlace(snapshot), 'model.safetensors')).toBe('weights')
    expect(await text(diskPlace(join(snapshot, 'unet')), 'model.safetensors')).toBe('weights')
    await expect(diskPlace(snapshot).open('odd.safetensors')).rejects.toMatchObject({
      code: 'source/outside',
    })
  })

  it('refuses a blob of another repository', async () => {
    const hash = '0123456789abcdef'.repeat(4)
    const cache = onDisk({ [`models--org--other/blobs/${hash}`]: 'weights' })
    const snapshot = join(cache, 'models--org--name', 'snapshots', 'rev')
    mkdirSync(snapshot, { recursive: true })
    symlinkSync(`../../../models--org--other/blobs/${hash}`, join(snapshot, 'model.safetensors'))
    await expect(diskPlace(snapshot).open('model.safetensors')).rejects.toMatchObject({
      code: 'source/outside',
    })
  })

  it('counts hard links', async () => {
    const folder = onDisk({ a: 'x' })
    linkSync(join(folder, 'a'), join(folder, 'b'))
    const source = await diskPlace(folder).open('b')
    expect(source.links).toBe(2)
    await source.close?.()
  })

  it('lists and opens a broken link with its own sentence', async () => {
    const folder = temporaryFolder()
    symlinkSync('../../blobs/none', join(folder, 'm.bin'))
    expect(await diskPlace(folder).list()).toEqual(['m.bin'])
    await expect(diskPlace(folder).open('m.bin')).rejects.toMatchObject({
      code: 'source/not-found',
      hint: expect.stringContaining('blobs/none'),
    })
  })

  it('refuses folders, pipes and devices in place of a file', async () => {
    const folder = onDisk({ 'sub/x': '' })
    execFileSync('mkfifo', [join(folder, 'pipe')])
    symlinkSync('/dev/zero', join(folder, 'zero'))
    for (const name of ['sub', 'pipe', 'zero']) {
      await expect(diskPlace(folder).open(name)).rejects.toMatchObject({ code: 'source/not-a-file' })
    }
  })

  it('never reads a file outside, however a link is swapped meanwhile', async () => {
    const outside = onDisk({ secret: 'secret' })
    const folder = onDisk({ good: 'fine' })
    const at = join(folder, 'm.bin')
    symlinkSync('good', at)
    // In a thread of its own: opening does not wait, so nothing of this one would come in between.
    const swapper = new Worker(
      `const { renameSync, symlinkSync } = require('node:fs')
      const { at, target } = require('node:worker_threads').workerData
      for (let turn = 0; ; turn++) {
        symlinkSync(turn % 2 === 0 ? target : 'good', at + '.new')
        renameSync(at + '.new', at)
      }`,
      { eval: true, workerData: { at, target: join(outside, 'secret') } },
    )
    onTestFinished(async () => void (await swapper.terminate()))
    await once(swapper, 'online')
    const seen = new Set<string>()
    for (let turn = 0; turn < 1_000; turn++) {
      const read = await text(diskPlace(folder), 'm.bin').catch((error: { code: string }) => error.code)
      expect(['fine', 'source/outside', 'source/changed']).toContain(read)
      seen.add(read)
    }
    expect(seen).toContain('fine')
    expect(seen).toContain('source/outside')
  })

  it('follows no link that took the place of a file after the folder was listed', async () => {
    const outside = onDisk({ secret: 'secret' })
    const folder = onDisk({ 'm.bin': 'fine', 'n.bin': 'other' })
    const place = diskPlace(folder)
    expect(await text(place, 'n.bin')).toBe('other')
    symlinkSync(join(outside, 'secret'), join(folder, 'evil'))
    renameSync(join(folder, 'evil'), join(folder, 'm.bin'))
    await expect(place.open('m.bin')).rejects.toMatchObject({ code: 'source/outside' })
    symlinkSync('n.bin', join(folder, 'good'))
    renameSync(join(folder, 'good'), join(folder, 'm.bin'))
    expect(await text(place, 'm.bin')).toBe('other')
  })

  it('reads the file that was checked when a link is swapped', async () => {
    const outside = onDisk({ secret: 'secret' })
    const folder = onDisk({ 'm.bin': 'fine' })
    symlinkSync(join(outside, 'secret'), join(folder, 'evil'))
    const source = await diskPlace(folder).open('m.bin')
    renameSync(join(folder, 'evil'), join(folder, 'm.bin'))
    expect(new TextDecoder().decode(await source.read(0, 4))).toBe('fine')
    await source.close?.()
  })
})

it.runIf(process.platform === 'linux')('lists and opens a file whose name is not UTF-8', async () => {
  const folder = temporaryFolder()
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/m`), Buffer.from([0xff]), Buffer.from('.bin')]), 'raw')
  const place = diskPlace(folder)
  expect(await place.list()).toEqual(['m<ff>.bin'])
  expect(await text(place, 'm<ff>.bin')).toBe('raw')
})

it('says that a folder is missing', async () => {
  await expect(diskPlace(join(temporaryFolder(), 'none')).list()).rejects.toMatchObject({
    code: 'source/not-found',
  })
})
