import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { survey } from '../../src/formats/survey.ts'
import { defaultLimits } from '../../src/limits.ts'
import { diskPlace } from '../../src/source/disk-place.ts'
import { expandGlob } from '../../src/source/expand-glob.ts'
import { memoryPlace } from '../../src/source/memory-place.ts'
import { jsonBytes, vectorsFile } from '../helpers/shards.ts'
import { temporaryFolder } from '../source/temporary-folder.ts'

const ascii = (text: string) => new TextEncoder().encode(text)
const pickle = Uint8Array.of(0x80, 2, 0x7d, 0x2e)
const weights = vectorsFile({ a: 1 })

async function surveyed(files: Readonly<Record<string, Uint8Array>>, limits = {}) {
  const place = memoryPlace(new Map(Object.entries(files)), 'root')
  const { candidates, left } = await survey(place, { ...defaultLimits, ...limits })
  return {
    found: candidates.map(
      ({ folder, name, isByBytes }) => `${folder}/${name}${isByBytes ? ' by bytes' : ''}`,
    ),
    left: left.map(({ path, why, isPassedOver }) => `${path}: ${why}${isPassedOver ? ' !' : ''}`),
  }
}

describe('a folder that is looked through whole', () => {
  it('shows what is below a folder that holds a checkpoint itself', async () => {
    expect(
      await surveyed({
        'x.safetensors': weights,
        'checkpoint-4/x.safetensors': weights,
        'a/b/c/d/e/f.pt': weights,
      }),
    ).toEqual({ found: ['/x.safetensors', 'a/b/c/d/e/f.pt', 'checkpoint-4/x.safetensors'], left: [] })
  })

  it('takes weights of any name or none for what their bytes say', async () => {
    expect(
      await surveyed({
        'a.pth.tar': weights,
        noname: weights,
        'state.pickle': pickle,
        'rng_state.pth': pickle,
      }),
    ).toEqual({
      found: ['/a.pth.tar', '/noname', '/rng_state.pth', '/state.pickle'].map((name) => `${name} by bytes`),
      left: [],
    })
  })

  it('lists what it leaves alone, and says what may hold weights', async () => {
    const { found, left } = await surveyed({
      'm.safetensors': weights,
      'README.md': ascii('# hello'),
      'm.tflite': ascii('\x1c\0\0\0TFL3 and more'),
      'm.pte': ascii('\x18\0\0\0ET12 and more'),
      'old.ggml': ascii('\x01params'),
      'old.data-00000-of-00001': ascii('\0\0\0\0'),
      'a.png': Uint8Array.of(0x89, 0x50, 0x4e, 0x47),
      '.git/x.pt': weights,
      'node_modules/p/x.pt': weights,
      'blobs/0123': weights,
    })
    expect(found).toEqual(['/m.safetensors'])
    expect(left).toEqual([
      'README.md: no format of weights',
      'a.png: a picture',
      'm.pte: an ExecuTorch program (.pte) !',
      'm.tflite: a TensorFlow Lite model !',
      'old.data-00000-of-00001: a file of values of a TensorFlow checkpoint !',
      'old.ggml: a GGML file !',
      '.git: the history of a repository',
      'blobs: files that a cache keeps under other names',
      'node_modules: packages of a program',
    ])
  })

  it('does not take a zip archive of something else for weights of torch', async () => {
    // An archive of no entries (APPNOTE.TXT, 4.3.16), and one whose end is not there.
    const empty = ascii(`PK\x05\x06${'\0'.repeat(18)}`)
    const cut = ascii(`PK\x03\x04${'\0'.repeat(26)}a/b.py`)
    expect((await surveyed({ 'x.pt': weights, 'x.whl': cut, 'y.zip': empty })).left).toEqual([
      'x.whl: a ZIP archive !',
      'y.zip: a ZIP archive !',
    ])
  })

  it('takes shards that an index names in a folder below for its own', async () => {
    const index = jsonBytes({ metadata: {}, weight_map: { a: 'sub/x.safetensors' } })
    const { found } = await surveyed({
      'm.safetensors.index.json': index,
      'sub/x.safetensors': weights,
      'sub/y.safetensors': weights,
    })
    expect(found).toEqual(['/m.safetensors.index.json', 'sub/y.safetensors'])
  })

  it('is a folder of torch.distributed as one', async () => {
    const { found, left } = await surveyed({ '.metadata': pickle, '__0_0.distcp': pickle })
    expect([found, left]).toEqual([['/.metadata'], []])
  })

  it('reads a folder with more folders in it than a call can have arguments', async () => {
    const names = Array.from({ length: 150_000 }, (_, i) => `d${i}`)
    const inner = memoryPlace(new Map())
    const place = {
      ...memoryPlace(new Map([['x.safetensors', weights]])),
      folders: async () => names,
      folder: () => inner,
    }
    await expect(survey(place, defaultLimits)).rejects.toMatchObject({ code: 'limit/exceeded' })
    const step = { ...place, list: async () => [] }
    const found = await expandGlob('*/*', (path) => (path === '.' ? place : step), {
      ...defaultLimits,
      folders: 10,
    }).catch((error) => error.code)
    expect(found).toBe('limit/exceeded')
  })

  it('has limits', async () => {
    const files = { 'a/b/x.pt': weights, 'y.pt': weights }
    expect((await surveyed(files, { folderDepth: 1 })).left).toEqual([
      'a/b: more than folderDepth=1 folders deep !',
    ])
    await expect(surveyed(files, { folders: 2 })).rejects.toMatchObject({ code: 'limit/exceeded' })
    await expect(surveyed(files, { folderFiles: 1 })).rejects.toMatchObject({ code: 'limit/exceeded' })
  })

  it('is an error when there is nothing that could be a checkpoint, and none when something was passed over', async () => {
    await expect(surveyed({ 'README.md': ascii('hi') })).rejects.toMatchObject({
      code: 'source/no-checkpoint',
    })
    expect((await surveyed({ 'm.tflite': ascii('\x1c\0\0\0TFL3') })).found).toEqual([])
  })

  it.runIf(process.platform !== 'win32')('follows a link once, and none that leads out', async () => {
    const root = temporaryFolder()
    const put = (name: string) => {
      mkdirSync(dirname(join(root, name)), { recursive: true })
      writeFileSync(join(root, name), weights)
    }
    put('in/runs/x.pt')
    put('in-other/y.pt')
    symlinkSync('.', join(root, 'in/loop'))
    symlinkSync('runs', join(root, 'in/latest'))
    symlinkSync('../in-other', join(root, 'in/out'))
    symlinkSync('nowhere', join(root, 'in/broken'))
    const { candidates, left } = await survey(diskPlace(join(root, 'in'), 'in'), defaultLimits)
    expect(candidates.map(({ folder, name }) => `${folder}/${name}`)).toEqual(['runs/x.pt'])
    expect(left).toMatchObject([
      { path: 'broken', isPassedOver: true },
      { path: 'out', why: 'a link that leads out of the folder', isPassedOver: true },
      { path: 'latest', why: 'the same folder as in/runs', isPassedOver: false },
      { path: 'loop', why: 'the same folder as in', isPassedOver: false },
    ])
  })
})
