import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Hub, type HubModelFiles, type HubServerOptions, hubServer } from '../helpers/hub.ts'
import { runCli, type Surroundings } from '../helpers/run-cli.ts'
import { temporaryFolder } from '../source/temporary-folder.ts'

const fixtures = new URL('../../fixtures/', import.meta.url)
const local = (name: string): string => fileURLToPath(new URL(name, fixtures))
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(local(name)))
const cnn = bytesOf('cnn.safetensors')
const commit = '0123456789abcdef0123456789abcdef01234567'
const shards = new Map(
  readdirSync(local('gpt2-sharded')).map((name) => [name, bytesOf(`gpt2-sharded/${name}`)]),
)
const model: HubModelFiles = { files: new Map([['model.safetensors', cnn]]) }

/** An imitation of the Hub that runs of the command line in this process take for it, and their working folder. */
async function hub(
  models: Record<string, HubModelFiles>,
  env: Record<string, string> = {},
  options: HubServerOptions = {},
): Promise<Hub & { folder: string; requests(): number }> {
  const started = await hubServer(new Map(Object.entries(models)), options)
  const folder = temporaryFolder()
  const values = {
    HF_ENDPOINT: started.hub.origin,
    HF_HOME: join(folder, 'huggingface'),
    HF_HUB_CACHE: '',
    XDG_CACHE_HOME: join(folder, 'caches'),
    HF_TOKEN: '',
    HF_HUB_OFFLINE: '',
    ...env,
  }
  for (const [name, value] of Object.entries(values)) vi.stubEnv(name, value)
  return { ...started, folder, requests: () => started.hub.asked.length + started.storage.asked.length }
}
afterEach(() => vi.unstubAllEnvs())

/** The cache as huggingface_hub leaves it: blobs by their tag, and links to them. */
function cacheOf(
  folder: string,
  files: ReadonlyMap<string, Uint8Array>,
  ref: string | null = 'main',
): string {
  const repository = join(folder, 'huggingface/hub/models--org--m')
  mkdirSync(join(repository, 'blobs'), { recursive: true })
  if (ref !== null) {
    mkdirSync(dirname(join(repository, 'refs', ref)), { recursive: true })
    writeFileSync(join(repository, 'refs', ref), commit)
  }
  let count = 0
  for (const [path, bytes] of files) {
    const blob = String(++count).padStart(64, '0')
    const link = join(repository, 'snapshots', commit, path)
    mkdirSync(dirname(link), { recursive: true })
    writeFileSync(join(repository, 'blobs', blob), bytes)
    symlinkSync(join(repository, 'blobs', blob), link)
  }
  return repository
}

const lines = (text: string): string[] => text.trimEnd().split('\n')

describe('org/name where there is no such path', () => {
  it.each(['inspect', 'tree', 'ls', 'params', 'buffers'])('is a model of the Hub to %s', async (command) => {
    await hub({ 'org/m': model })
    const plain = await runCli([command, 'org/m'])
    expect(plain.code).toBe(0)
    expect(plain.out).toBe((await runCli([command, 'hf://org/m'])).out)
  })

  it('is one to why, and the first line of inspect says where it was read and at which commit', async () => {
    await hub({ 'org/m': model })
    expect((await runCli(['why', 'org/m', 'fc.weight'])).out).toContain('fc.weight')
    expect(lines((await runCli(['org/m'])).out)[0]).toContain(`hf://org/m@${commit}`)
    const { origin } = JSON.parse((await runCli(['inspect', '--json', 'org/m'])).out)
    expect(origin).toEqual({ repository: 'org/m', revision: null, commit, from: 'hub' })
  })

  it.each([
    ['check', 'org/m'],
    ['lock', 'org/m'],
    ['init', 'org/m'],
    ['diff', 'org/m', 'org/m'],
    ['digest', 'org/m'],
    ['stats', 'org/m'],
    ['code', 'org/m'],
    ['report', 'org/m'],
  ])('is a file that is not there to %s', async (...argv) => {
    const { requests } = await hub({ 'org/m': model })
    const { code, err } = await runCli(argv)
    expect(code).toBe(2)
    expect(err).toContain('the file does not exist')
    expect(err).toContain('hint: for the model of the Hub write hf://org/m')
    expect(requests()).toBe(0)
  })

  it('is one to everything where CI is set', async () => {
    const { requests } = await hub({ 'org/m': model })
    for (const command of ['inspect', 'tree', 'ls', 'params', 'buffers', 'why']) {
      const argv = command === 'why' ? [command, 'org/m', '**'] : [command, 'org/m']
      expect(await runCli(argv, { env: { CI: 'true' } })).toMatchObject({ code: 2, out: '' })
    }
    expect(requests()).toBe(0)
    expect((await runCli(['inspect', 'hf://org/m'], { env: { CI: 'true' } })).code).toBe(0)
  })

  it('is none where its name is that of a file, or of no model', async () => {
    const { requests } = await hub({ 'org/m': model })
    for (const name of [
      'org/m.safetensors',
      'models/m',
      'datasets/m',
      'a/b/c',
      'org/m--x',
      './org',
      '../m',
      'org/',
    ])
      expect((await runCli(['inspect', name])).code).toBe(2)
    expect(requests()).toBe(0)
  })
})

describe('the cache of huggingface_hub', () => {
  const read = async (...argv: string[]) => {
    const { code, out, err } = await runCli(['inspect', '--json', ...argv])
    return { code, err, report: out === '' ? null : JSON.parse(out) }
  }

  it('is read first, and the Hub not asked', async () => {
    const { folder, requests } = await hub({})
    cacheOf(folder, shards)
    for (const name of [
      'hf://org/m',
      'hf://org/m@main',
      `hf://org/m@${commit}`,
      'hf://org/m/model.safetensors.index.json',
    ]) {
      const { code, report, err } = await read(name)
      expect(code).toBe(0)
      expect(err).toBe('')
      expect(report.path).toContain(`hf://org/m@${commit}`)
      expect(report.origin).toMatchObject({ commit, from: 'cache' })
      expect(report.stateDicts[0].totals.stored.tensors).toBeGreaterThan(50)
    }
    expect(requests()).toBe(0)
  })

  it('is not enough where a shard is missing, and saves asking for those that are there', async () => {
    const { folder, hub: asked } = await hub({ 'org/m': { files: shards } })
    const some = new Map([...shards].filter(([name]) => !name.includes('00003')))
    cacheOf(folder, some)
    const { report } = await read('hf://org/m')
    expect(report.origin.from).toBe('hub')
    expect(report.findings).toEqual([])
    const resolved = asked.asked.filter(({ path }) => path.includes('/resolve/'))
    expect(resolved.map(({ path }) => path.replace(/.*\//, ''))).toEqual(['model-00003-of-00007.safetensors'])
  })

  it('has the values of what was read from it, and the Hub is not asked again for them', async () => {
    const { folder, requests } = await hub({ 'org/m': model })
    cacheOf(folder, model.files)
    const path = 'hf://org/m/model.safetensors'
    expect((await runCli(['check', path])).code).toBe(0)
    const asked = requests()
    const { out, code } = await runCli(['check', '--values', path])
    expect([code, out]).toEqual([0, expect.stringContaining('complete')])
    expect(requests()).toBe(2 * asked)
  })

  it('is not taken for all of a model by check, unless it says that it is', async () => {
    const { folder, requests } = await hub({ 'org/m': model })
    const repository = cacheOf(folder, model.files)
    expect((await runCli(['check', 'hf://org/m'])).code).toBe(0)
    expect(requests()).toBe(1)
    mkdirSync(join(repository, 'trees'))
    writeFileSync(
      join(repository, 'trees', `${commit}.json`),
      JSON.stringify({ format_version: 1, files: { 'model.safetensors': { size: cnn.length } } }),
    )
    expect((await runCli(['check', 'hf://org/m'])).code).toBe(0)
    expect(requests()).toBe(1)
  })

  it('is all there is without a network', async () => {
    const { folder, requests } = await hub({ 'org/m': model }, { HF_HUB_OFFLINE: '1' })
    expect((await read('hf://org/m')).err).toContain('HF_HUB_OFFLINE')
    cacheOf(folder, model.files, null)
    expect((await read('hf://org/m')).code).toBe(2)
    expect((await read(`hf://org/m@${commit}`)).report.origin.from).toBe('cache')
    expect((await read(`hf://org/m@${commit}/other.bin`)).code).toBe(2)
    expect(requests()).toBe(0)
  })

  it('may have revisions with slashes, and blobs in the folder of all models', async () => {
    const { folder } = await hub({}, { HF_HUB_OFFLINE: '1' })
    const repository = cacheOf(folder, model.files, 'refs/pr/3')
    const blob = join(folder, 'huggingface/hub/blobs/ab', 'f'.repeat(64))
    mkdirSync(dirname(blob), { recursive: true })
    writeFileSync(blob, cnn)
    rmSync(join(repository, 'blobs', '1'.padStart(64, '0')))
    symlinkSync(blob, join(repository, 'blobs', '1'.padStart(64, '0')))
    expect((await read('hf://org/m@refs/pr/3')).code).toBe(0)
  })

  it('gives nothing that a hostile link leads to', async () => {
    const { folder } = await hub({}, { HF_HUB_OFFLINE: '1' })
    const repository = cacheOf(folder, new Map())
    mkdirSync(join(repository, 'snapshots', commit), { recursive: true })
    writeFileSync(join(folder, 'secret.safetensors'), cnn)
    symlinkSync(
      join(folder, 'secret.safetensors'),
      join(repository, 'snapshots', commit, 'model.safetensors'),
    )
    expect((await read('hf://org/m')).report).toMatchObject({ error: { code: 'source/outside' } })
    writeFileSync(join(repository, 'refs', 'main'), '../../../..')
    expect((await read('hf://org/m')).code).toBe(2)
  })
})

describe('what it cost', () => {
  it('is said in one line, of all files that were opened', async () => {
    const { requests } = await hub({ 'org/m': model })
    const { err } = await runCli(['inspect', 'hf://org/m'])
    expect(lines(err)).toHaveLength(1)
    expect(err).toMatch(/^sdinspect: 3 requests, [\d.]+ kB of 1\.90 MB, \d+\.\d s\n$/)
    expect(requests()).toBe(3)
    expect((await runCli(['inspect', '-q', 'hf://org/m'])).err).toBe('')
  })
})

describe('values at a distance', () => {
  it('are fetched after their bytes were said', async () => {
    await hub({ 'org/m': model })
    const near = await runCli(['stats', '--json', local('cnn.safetensors')])
    const far = await runCli(['stats', '--json', 'hf://org/m'])
    expect(far.code).toBe(near.code)
    expect(JSON.parse(far.out).tensors).toEqual(JSON.parse(near.out).tensors)
    expect(lines(far.err)[0]).toMatch(`hf://org/m@${commit}: fetching 1.89 MB of values`)
    const digest = (out: string) => out.split(' ')[0]
    expect(digest((await runCli(['digest', 'hf://org/m'])).out)).toBe(
      digest((await runCli(['digest', local('cnn.safetensors')])).out),
    )
    const diff = await runCli(['diff', '--values', '--exit-code', 'hf://org/m', local('cnn.safetensors')])
    expect(diff.code).toBe(0)
  })

  it.each([['stats'], ['digest'], ['diff', '--values', local('cnn.safetensors')]])(
    'are not, by %s, where they are more than the limit and nobody says --yes',
    async (...argv) => {
      const { storage } = await hub({ 'org/m': model })
      const few = ['--limit', 'remoteValueBytes=1000000', 'hf://org/m']
      const { code, err } = await runCli([...argv, ...few])
      expect(code).toBe(2)
      expect(err).toContain('--yes')
      expect(storage.asked).toHaveLength(argv[0] === 'diff' ? 2 : 1)
      expect((await runCli([...argv, ...few, '--yes'])).code).toBe(0)
    },
  )
})

describe('a lock', () => {
  it('of a model of the Hub names the revision, and is compared with what that is later', async () => {
    const models: Record<string, HubModelFiles> = { 'org/m': { ...model, revisions: ['v1'] } }
    const { folder } = await hub(models)
    const lockFile = ['--lock-file', join(folder, 'x.lock')]
    expect((await runCli(['lock', 'hf://org/m@v1', ...lockFile])).code).toBe(0)
    // A lock writes a colon as an escape.
    expect(readFileSync(join(folder, 'x.lock'), 'utf8')).toContain('checkpoint "hf\\u003a//org/m@v1"')
    expect((await runCli(['lock', '--check', ...lockFile])).code).toBe(0)
    expect((await runCli(['check', 'hf://org/m@v1', ...lockFile])).code).toBe(0)
    const other = { ...model, files: new Map([['model.safetensors', bytesOf('vit-bf16.safetensors')]]) }
    await hub({ 'org/m': { ...other, revisions: ['v1'], commit: 'f'.repeat(40) } })
    expect((await runCli(['lock', '--check', ...lockFile])).code).toBe(1)
    expect((await runCli(['check', 'hf://org/m@v1', ...lockFile])).code).toBe(1)
  })

  it('of values is exact at a distance too: one bit of one value is seen', async () => {
    const { folder } = await hub({ 'org/m': model })
    const lockFile = ['--lock-file', join(folder, 'x.lock')]
    expect((await runCli(['lock', 'hf://org/m', '--level', 'exact', ...lockFile])).code).toBe(0)
    expect((await runCli(['lock', '--check', ...lockFile])).code).toBe(0)
    const other = cnn.slice()
    other[other.length - 1] = (other.at(-1) as number) ^ 1
    await hub({ 'org/m': { files: new Map([['model.safetensors', other]]), commit: 'f'.repeat(40) } })
    const { code, out } = await runCli(['lock', '--check', ...lockFile])
    expect(code).toBe(1)
    expect(out).toContain('values')
  })

  it('of the bytes of files says how many are fetched, and refuses many', async () => {
    const name = 'model-00001-of-00007.safetensors'
    const { folder } = await hub({ 'org/m': model, 'org/s': { files: shards } })
    const lockFile = ['--lock-file', join(folder, 'x.lock')]
    const one = await runCli(['lock', 'hf://org/m', '--level', 'exact', ...lockFile])
    expect(one).toMatchObject({ code: 0, err: expect.stringContaining('fetching 1.90 MB of files') })
    const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
    expect(readFileSync(join(folder, 'x.lock'), 'utf8')).toContain(sha256(cnn))
    expect((await runCli(['check', 'hf://org/m', ...lockFile])).code).toBe(0)
    expect((await runCli(['lock', 'hf://org/s', '--level', 'exact', ...lockFile])).code).toBe(0)
    const locked = readFileSync(join(folder, 'x.lock'), 'utf8')
    expect(locked).toContain(sha256(shards.get(name) as Uint8Array))
    expect(locked).toContain(sha256(shards.get('model.safetensors.index.json') as Uint8Array))
    const few = ['--limit', 'remoteValueBytes=1000']
    expect(await runCli(['lock', 'hf://org/m', '--level', 'exact', ...few, ...lockFile])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--yes'),
    })
    // One byte of a value is another: the layout is the same.
    const changed = Uint8Array.from(cnn)
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
    await hub({ 'org/m': { ...model, files: new Map([['model.safetensors', changed]]) } })
    expect((await runCli(['check', 'hf://org/m', ...lockFile])).code).toBe(1)
  })

  it('and a policy can be made of one', async () => {
    const { folder } = await hub({ 'org/m': model })
    const policy = join(folder, 'sdinspect.yaml')
    expect((await runCli(['init', 'hf://org/m', '-o', policy])).code).toBe(0)
    expect(readFileSync(policy, 'utf8')).toContain('paths: ["hf://org/m"]')
    expect((await runCli(['check', '--config', policy])).code).toBe(0)
  })
})

describe('--cache', () => {
  const around: Surroundings = {}
  const stored = (folder: string) => join(folder, 'caches/sdinspect/ranges')

  it('keeps headers for the next run, which asks for the list alone', async () => {
    const { folder, requests } = await hub({ 'org/m': { files: shards } })
    const first = await runCli(['inspect', '--cache', 'hf://org/m'], around)
    const asked = requests()
    const second = await runCli(['inspect', '--cache', 'hf://org/m'], around)
    expect(second.out).toBe(first.out)
    expect(requests()).toBe(asked + 1)
    expect(readdirSync(stored(folder)).length).toBeGreaterThan(7)
  })

  it('is off unless it is asked for', async () => {
    const { folder } = await hub({ 'org/m': model })
    await runCli(['inspect', 'hf://org/m'])
    expect(() => readdirSync(stored(folder))).toThrow()
  })

  it('changes no answer when what it keeps was changed, cut off or put under another name', async () => {
    const { folder } = await hub({ 'org/m': { files: shards } })
    const { out } = await runCli(['inspect', '--cache', 'hf://org/m'])
    const all = readdirSync(stored(folder)).map((name) => join(stored(folder), name))
    const kept = all.map((path) => new Uint8Array(readFileSync(path)))
    const lies: ((bytes: Uint8Array, i: number) => Uint8Array)[] = [
      (bytes) => bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte)),
      (bytes) => bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte)),
      (bytes) => bytes.subarray(0, 40),
      () => new Uint8Array(),
      (_, i) => kept[(i + 1) % kept.length] as Uint8Array,
    ]
    for (const lie of lies) {
      all.forEach((path, i) => {
        writeFileSync(path, lie(kept[i] as Uint8Array, i))
      })
      expect((await runCli(['inspect', '--cache', 'hf://org/m'])).out).toBe(out)
    }
  })

  it('is of one commit', async () => {
    const { folder } = await hub({ 'org/m': model })
    await runCli(['inspect', '--cache', 'hf://org/m'])
    const caches = join(folder, 'caches')
    const other = {
      commit: 'f'.repeat(40),
      files: new Map([['model.safetensors', bytesOf('vit-bf16.safetensors')]]),
    }
    await hub({ 'org/m': other }, { XDG_CACHE_HOME: caches })
    const { out } = await runCli(['params', '--cache', 'hf://org/m'])
    expect(out).toContain('blocks.0')
  })
})

it('answers as the schema of reports says', async () => {
  await hub({ 'org/m': model })
  const schema = JSON.parse(readFileSync(new URL('../../schema/report.v1.json', import.meta.url), 'utf8'))
  const isAnswer = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema)
  const { out } = await runCli(['inspect', '--json', 'hf://org/m'])
  expect(isAnswer(JSON.parse(out)), JSON.stringify(isAnswer.errors)).toBe(true)
  const path = join(temporaryFolder(), 'report.json')
  writeFileSync(path, out)
  expect(JSON.parse((await runCli(['inspect', '--json', path])).out).origin).toEqual(JSON.parse(out).origin)
})
