import { execFileSync } from 'node:child_process'
import { linkSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SdinspectError } from '../src/errors.ts'
import { type Inspected, inspectPath, inspectPaths, type OpenOptions } from '../src/node.ts'
import { jsonBytes, vectorsFile } from './helpers/shards.ts'
import { temporaryFolder } from './source/temporary-folder.ts'

function folderOf(files: Record<string, Uint8Array>): string {
  const folder = temporaryFolder()
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), bytes)
  }
  return folder
}

async function all(paths: readonly string[], options: OpenOptions = {}): Promise<Inspected[]> {
  const outcomes: Inspected[] = []
  for await (const outcome of inspectPaths(paths, options)) outcomes.push(outcome)
  return outcomes
}

/** Path below `folder`, and the tensors or the code there. */
async function outline(folder: string, paths: readonly string[] = [folder]): Promise<string[]> {
  return (await all(paths)).map((outcome) => {
    const path = outcome.path.replace(`${folder}/`, '').replace(folder, '.')
    if ('error' in outcome) return `${path}: ${outcome.error.code}`
    const { findings, stateDicts } = outcome.report
    const tensors = stateDicts[0]?.tensors.map((tensor) => tensor.name).join(' ')
    return `${path}: ${tensors}${findings.map((finding) => ` !${finding.rule}`).join('')}`
  })
}

const shards = {
  'm-00001-of-00002.safetensors': vectorsFile({ a: 1 }),
  'm-00002-of-00002.safetensors': vectorsFile({ b: 1 }),
}
const index = jsonBytes({
  weight_map: { a: 'm-00001-of-00002.safetensors', b: 'm-00002-of-00002.safetensors' },
})

describe('a folder', () => {
  it.each<[string, Record<string, Uint8Array>, string[]]>([
    ['one file', { 'x.safetensors': vectorsFile({ a: 1 }), 'README.md': jsonBytes('hi') }, ['.: a']],
    ['an index and its shards', { ...shards, 'm.safetensors.index.json': index }, ['.: a b']],
    ['shards without an index', shards, ['.: a b']],
    ['a set of one shard', { 'm-00001-of-00001.safetensors': vectorsFile({ a: 1 }) }, ['.: a']],
    [
      'shards without an index, not all',
      { 'm-00001-of-00002.safetensors': shards['m-00001-of-00002.safetensors'] },
      ['.: a !shards/incomplete'],
    ],
    [
      'two variants of a model',
      { 'x.safetensors': vectorsFile({ a: 1 }), 'x.fp16.safetensors': vectorsFile({ a: 1 }) },
      ['x.fp16.safetensors: a', 'x.safetensors: a'],
    ],
    [
      'shards with an index beside a consolidated file',
      { ...shards, 'm.safetensors.index.json': index, 'consolidated.safetensors': vectorsFile({ c: 1 }) },
      ['m.safetensors.index.json: a b', 'consolidated.safetensors: c'],
    ],
    [
      'an index that is broken',
      { ...shards, 'm.safetensors.index.json': jsonBytes('{') },
      ['m.safetensors.index.json: format/truncated', 'm-00001-of-00002.safetensors: a b'],
    ],
    [
      'a pipeline of several models',
      {
        'model_index.json': jsonBytes('{}'),
        'unet/diffusion_pytorch_model.safetensors': vectorsFile({ u: 1 }),
        'vae/diffusion_pytorch_model.safetensors': vectorsFile({ v: 1 }),
        'scheduler/scheduler_config.json': jsonBytes('{}'),
      },
      ['unet/diffusion_pytorch_model.safetensors: u', 'vae/diffusion_pytorch_model.safetensors: v'],
    ],
    [
      'weights of its own and folders of earlier saves',
      { 'x.safetensors': vectorsFile({ a: 1 }), 'checkpoint-5/x.safetensors': vectorsFile({ b: 1 }) },
      ['.: a'],
    ],
    [
      'a file that is broken and one that is sound',
      { 'x.safetensors': jsonBytes('nonsense and more of it'), 'y.safetensors': vectorsFile({ a: 1 }) },
      ['x.safetensors: format/malformed', 'y.safetensors: a'],
    ],
    [
      'an adapter',
      { 'adapter_model.safetensors': vectorsFile({ a: 1 }), 'adapter_config.json': jsonBytes('{}') },
      ['.: a'],
    ],
  ])('with %s', async (_, files, expected) => {
    expect(await outline(folderOf(files))).toEqual(expected)
  })

  it('without a checkpoint says what was looked for', async () => {
    const folder = folderOf({ 'README.md': jsonBytes('hi'), 'sub/notes.txt': jsonBytes('') })
    const [outcome] = await all([folder])
    const { error } = outcome as { error: SdinspectError }
    expect(error.code).toBe('source/no-checkpoint')
    expect(error.file).toBe(folder)
    expect(error.message).toContain('*.safetensors')
    expect(error.message).toContain('in the folder below')
  })

  it('is not searched past the limit', async () => {
    const folder = folderOf({ 'a/x': index, 'b/x': index, 'c/x': index })
    const [outcome] = await all([folder], { limits: { folders: 2 } })
    expect(outcome).toMatchObject({ error: { code: 'limit/exceeded' } })
  })
})

describe('paths', () => {
  const folder = (): string =>
    folderOf({ ...shards, 'm.safetensors.index.json': index, 'x.safetensors': vectorsFile({ x: 1 }) })

  it('to all shards of a set are one checkpoint, in place of the first', async () => {
    const at = folder()
    const paths = Object.keys(shards)
      .reverse()
      .map((name) => join(at, name))
    expect(await outline(at, [...paths, join(at, 'x.safetensors')])).toEqual([
      'm-00002-of-00002.safetensors: b a',
      'x.safetensors: x',
    ])
  })

  it('to one shard are that file', async () => {
    const at = folder()
    expect(await outline(at, [join(at, 'm-00001-of-00002.safetensors')])).toEqual([
      'm-00001-of-00002.safetensors: a !shards/one-of-several',
    ])
  })

  it('to the only shard of a set are that file and nothing more', async () => {
    const at = folderOf({ 'm-00001-of-00001.safetensors': vectorsFile({ a: 1 }) })
    expect(await outline(at, [`${at}/m-00001-of-00001.safetensors`])).toEqual([
      'm-00001-of-00001.safetensors: a',
    ])
  })

  it('to an index are the checkpoint, and its shards are not listed again', async () => {
    const at = folder()
    const names = readdirSync(at).map((name) => join(at, name))
    expect(await outline(at, names)).toEqual(['m.safetensors.index.json: a b', 'x.safetensors: x'])
  })

  it('with wildcards find their files', async () => {
    const at = folder()
    expect(await outline(at, [`${at}/x*`])).toEqual(['x.safetensors: x'])
    expect(await outline(at, [`${at}/m-*`])).toEqual(['m-00001-of-00002.safetensors: a b'])
    expect(await outline(at, [`${at}/none*`])).toEqual(['none*: source/not-found'])
  })

  it('that look like patterns and are files are files', async () => {
    const at = folderOf({
      'x[1].safetensors': vectorsFile({ a: 1 }),
      'x1.safetensors': vectorsFile({ b: 1 }),
    })
    expect(await outline(at, [join(at, 'x[1].safetensors')])).toEqual(['x[1].safetensors: a'])
  })

  it('that cannot be read do not stop the others', async () => {
    const at = folder()
    expect(await outline(at, [join(at, 'none'), '\0', join(at, 'x.safetensors'), join(at, 'y/z')])).toEqual([
      'none: source/not-found',
      '\0: source/not-found',
      'x.safetensors: x',
      'y/z: source/not-found',
    ])
  })

  it('name the file in the error', async () => {
    const at = folder()
    const [outcome] = await all([join(at, 'none')])
    expect(outcome).toMatchObject({ error: { file: join(at, 'none') } })
  })
})

describe('standard input', () => {
  async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }

  it.each([1, 7, 1000])('is read whole, in chunks of %d bytes', async (size) => {
    const [outcome] = await all(['-'], { stdin: chunks(vectorsFile({ a: 1 }), size) })
    expect(outcome).toMatchObject({ path: '-', report: { stateDicts: [{ tensors: [{ name: 'a' }] }] } })
  })

  it('that is empty is an empty file', async () => {
    const [outcome] = await all(['-'], { stdin: chunks(new Uint8Array(), 1) })
    expect(outcome).toMatchObject({ error: { code: 'format/empty' } })
  })

  it('that never ends is left at the limit', async () => {
    let ended = false
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield new Uint8Array(1000)
      } finally {
        ended = true
      }
    }
    const [outcome] = await all(['-'], { stdin: endless(), limits: { stdinBytes: 10_000 } })
    expect(outcome).toMatchObject({
      error: { code: 'limit/exceeded', message: expect.stringContaining('stdinBytes') },
    })
    expect(ended).toBe(true)
  })
})

describe('inspectPath', () => {
  it('gives the report of one checkpoint', async () => {
    const folder = folderOf({ ...shards, 'm.safetensors.index.json': index })
    expect(await inspectPath(folder)).toMatchObject({
      path: folder,
      stateDicts: [{ totals: { stored: { tensors: 2 } } }],
    })
  })

  it('refuses a folder of several', async () => {
    const folder = folderOf({
      'x.safetensors': vectorsFile({ x: 1 }),
      'y.safetensors': vectorsFile({ x: 1 }),
    })
    await expect(inspectPath(folder)).rejects.toMatchObject({ code: 'usage/arguments' })
  })

  it('throws what keeps it from reading', async () => {
    await expect(inspectPath('nowhere/x')).rejects.toMatchObject({ code: 'source/not-found' })
  })
})

describe.runIf(process.platform !== 'win32')('shards on disk', () => {
  const withIndex = (shard: string): string =>
    folderOf({
      'a.safetensors': vectorsFile({ a: 1 }),
      'm.safetensors.index.json': jsonBytes({ weight_map: { a: 'a.safetensors', b: shard } }),
    })

  it('that are linked to elsewhere on the disk are worth a note', async () => {
    const folder = withIndex('b.safetensors')
    writeFileSync(join(folder, 'b0'), vectorsFile({ b: 1 }))
    linkSync(join(folder, 'b0'), join(folder, 'b.safetensors'))
    expect(await outline(folder)).toEqual(['.: a b !shards/hard-link'])
  })

  it('that are links out of the folder are refused', async () => {
    const folder = withIndex('b.safetensors')
    const outside = folderOf({ secret: vectorsFile({ b: 1 }) })
    symlinkSync(join(outside, 'secret'), join(folder, 'b.safetensors'))
    expect(await outline(folder)).toEqual(['.: source/outside'])
  })

  it('that are folders, pipes or devices are refused and not waited for', async () => {
    const folder = withIndex('b.safetensors')
    for (const make of [
      (path: string) => mkdirSync(path),
      (path: string) => execFileSync('mkfifo', [path]),
      (path: string) => symlinkSync('/dev/zero', path),
    ]) {
      make(join(folder, 'b.safetensors'))
      expect(await outline(folder)).toEqual(['.: source/not-a-file'])
      rmSync(join(folder, 'b.safetensors'), { recursive: true })
    }
  })

  it('named like a device outside are refused before one is opened', async () => {
    expect(await outline(withIndex('../../../dev/zero'))).toEqual(['.: source/outside'])
  })
})
