import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { inspectPath, inspectPaths } from '../../src/node.ts'
import { hubAccess } from '../../src/source/hub-environment.ts'
import { hubName, isHubName } from '../../src/source/hub-name.ts'
import { type Hub, type HubModelFiles, type HubServerOptions, hubServer } from '../helpers/hub.ts'
import { runCli } from '../helpers/run-cli.ts'
import { temporaryFolder } from './temporary-folder.ts'

const fixtures = new URL('../../fixtures/', import.meta.url)
const local = (name: string): string => fileURLToPath(new URL(name, fixtures))
const filesOf = (folder: string): Map<string, Uint8Array> =>
  new Map(
    readdirSync(local(folder)).map((name) => [
      name,
      new Uint8Array(readFileSync(local(`${folder}/${name}`))),
    ]),
  )
const cnn = new Uint8Array(readFileSync(local('cnn.safetensors')))
const commit = '0123456789abcdef0123456789abcdef01234567'

/** Starts an imitation of the Hub that this process takes for it. */
async function hub(
  models: Record<string, HubModelFiles>,
  env: Record<string, string> = {},
  options: HubServerOptions = {},
): Promise<Hub> {
  const started = await hubServer(new Map(Object.entries(models)), options)
  const values = {
    HF_ENDPOINT: started.hub.origin,
    HF_HOME: temporaryFolder(),
    HF_TOKEN: '',
    HF_HUB_OFFLINE: '',
    HF_HUB_CACHE: '',
    ...env,
  }
  for (const [name, value] of Object.entries(values)) vi.stubEnv(name, value)
  return started
}
afterEach(() => vi.unstubAllEnvs())

describe('a model of the Hub', () => {
  it('of more files than its first list has is listed by the pages of its tree', async () => {
    const files = new Map<string, Uint8Array>()
    for (let i = 0; i < 50_000; i++) files.set(`notes/${i}.txt`, new Uint8Array())
    files.set('deep/m.safetensors', cnn)
    const { hub: asked } = await hub({ 'org/m': { files } }, {}, { pageSize: 20_000 })
    expect((await inspectPath('hf://org/m/deep')).path).toBe(`hf://org/m@${commit}/deep`)
    const pages = asked.asked.filter(({ path }) => path.includes('/tree/'))
    expect(pages.map(({ path }) => new URL(path, 'http://x').searchParams.get('cursor'))).toEqual([
      null,
      '20000',
      '40000',
    ])
    for (const { path } of pages) expect(path).toContain(`/tree/${commit}?`)
  })

  it.each([
    [
      'elsewhere',
      (origin: string) => `<${origin.replace('127.0.0.1', 'localhost')}/x>; rel="next"`,
      'somewhere else',
    ],
    ['in a circle', () => `<?recursive=true&expand=false>; rel="next"`, 'round in a circle'],
  ])('whose list leads %s is refused', async (_, link, message) => {
    const siblings = Array.from({ length: 50_000 }, (_, i) => ({ rfilename: String(i) }))
    const started = await hub(
      {},
      {},
      {
        instead: (request, response) => {
          const isTree = request.url?.includes('/tree/') === true
          if (isTree) response.setHeader('link', link(`http://${request.headers.host}`))
          response.end(JSON.stringify(isTree ? [] : { sha: commit, siblings }))
          return true
        },
      },
    )
    await expect(inspectPath('hf://org/m')).rejects.toMatchObject({
      code: 'source/network',
      message: expect.stringContaining(message),
    })
    expect(started.hub.asked).toHaveLength(2)
  })

  it('is read by a mirror that says nothing of sizes, as far as its answers do', async () => {
    await hub(
      { 'org/m': { files: new Map([['m.safetensors', cnn]]) } },
      {},
      {
        instead: (request, response) => {
          if (!request.url?.startsWith('/api/')) return false
          response.end(JSON.stringify({ sha: commit, siblings: [{ rfilename: 'm.safetensors' }] }))
          return true
        },
      },
    )
    expect((await inspectPath('hf://org/m')).files).toEqual([
      { name: 'm.safetensors', bytes: cnn.length, role: 'weights' },
    ])
  })

  it('whose file is longer than its list says has changed', async () => {
    await hub(
      { 'org/m': { files: new Map([['m.safetensors', cnn]]) } },
      {},
      {
        instead: (request, response) => {
          if (!request.url?.startsWith('/api/')) return false
          const siblings = [{ rfilename: 'm.safetensors', size: 7, lfs: { sha256: 'a'.repeat(64), size: 7 } }]
          response.end(JSON.stringify({ sha: commit, siblings }))
          return true
        },
      },
    )
    await expect(inspectPath('hf://org/m')).rejects.toMatchObject({ code: 'source/changed' })
  })

  it('is answered as the folder it is, at its commit, in few requests', async () => {
    const { hub: asked, storage } = await hub({ 'org/gpt2': { files: filesOf('gpt2-sharded') } })
    const report = await inspectPath('hf://org/gpt2')
    const near = await inspectPath(local('gpt2-sharded'))
    const origin = { repository: 'org/gpt2', revision: null, commit, from: 'hub' }
    expect(report).toEqual({ ...near, path: `hf://org/gpt2@${commit}`, origin })
    // The list; the index and the configuration whole, of git; where each of 7 shards is, and a range of it.
    expect(storage.asked).toHaveLength(7)
    expect(asked.asked.filter(({ path }) => path.includes('/resolve/'))).toHaveLength(7)
    expect(asked.asked.filter(({ path }) => path.includes('/raw/'))).toHaveLength(2)
    expect(asked.asked).toHaveLength(10)
    for (const { range, path } of asked.asked) if (path.includes('/resolve/')) expect(range).toBeUndefined()
    for (const { range } of storage.asked) expect(range).toMatch(/^bytes=\d+-\d+$/)
  })

  it('may be named with a revision and a path, or by the address of a page', async () => {
    const model = { files: new Map([['sub dir/m.safetensors', cnn]]), revisions: ['feat/x', 'refs/pr/3'] }
    await hub({ 'org/m': model })
    const names = [
      'hf://org/m@main/sub%20dir/m.safetensors',
      'hf://models/org/m@feat%2Fx/sub%20dir/m.safetensors',
      'hf://org/m@refs/pr/3/sub dir/m.safetensors',
      `hf://org/m@${commit}`,
      'https://huggingface.co/org/m/blob/main/sub%20dir/m.safetensors?show_file_info=x',
      'https://huggingface.co/org/m/resolve/feat%2Fx/sub%20dir/m.safetensors?download=true',
      'huggingface.co/org/m/tree/main/sub%20dir',
      'hf.co/org/m',
    ]
    const truth = JSON.parse(readFileSync(local('cnn.safetensors.truth.json'), 'utf8'))
    for (const name of names) {
      const report = await inspectPath(name)
      expect(report.stateDicts[0]?.totals.stored.tensors, name).toBe(truth.entries.length)
      expect(report.path).toMatch(`hf://org/m@${commit}`)
    }
  })

  it('is read with a token where it needs one, which goes nowhere else', async () => {
    const models = { 'org/secret': { files: new Map([['m.safetensors', cnn]]), isPrivate: true } }
    await hub(models)
    await expect(inspectPath('hf://org/secret')).rejects.toMatchObject({
      code: 'source/not-found',
      hint: expect.stringContaining('HF_TOKEN'),
    })
    const { hub: asked, storage } = await hub(models, { HF_TOKEN: 'hf_secret' })
    expect((await inspectPath('hf://org/secret')).stateDicts).toHaveLength(1)
    expect(new Set(asked.asked.map(({ headers }) => headers.authorization))).toEqual(
      new Set(['Bearer hf_secret']),
    )
    expect(storage.asked.length).toBeGreaterThan(0)
    for (const { headers } of storage.asked) expect(headers.authorization).toBeUndefined()
  })

  it.each<[string, HubModelFiles | undefined, string, string, string]>([
    ['that is not there', undefined, 'hf://org/none', 'source/not-found', 'no such model, or it is private'],
    [
      'of a revision that is not there',
      { files: new Map() },
      'hf://org/m@v2',
      'source/not-found',
      'no such revision',
    ],
    [
      'that is gated',
      { files: new Map([['m.safetensors', cnn]]), gated: true },
      'hf://org/m',
      'source/permission',
      'gated',
    ],
    [
      'that is disabled',
      { files: new Map([['m.safetensors', cnn]]), disabled: true },
      'hf://org/m',
      'source/permission',
      'disabled',
    ],
    [
      'without weights',
      { files: new Map([['README.md', cnn]]) },
      'hf://org/m',
      'source/no-checkpoint',
      'no checkpoint',
    ],
    [
      'that says it is at no commit',
      { files: new Map(), commit: '../x', revisions: ['main'] },
      'hf://org/m',
      'source/network',
      'at which commit',
    ],
  ])('%s is said to be so', async (_, model, name, code, message) => {
    await hub(model === undefined ? {} : { 'org/m': model })
    const inspected = await inspectPaths([name]).next()
    expect(inspected.value).toMatchObject({ error: { code, message: expect.stringContaining(message) } })
  })

  it('that was renamed is found under its new name', async () => {
    await hub({
      'org/old': { files: new Map(), renamedTo: 'org/new' },
      'org/new': { files: new Map([['m.safetensors', cnn]]) },
    })
    expect((await inspectPath('hf://org/old')).stateDicts).toHaveLength(1)
  })

  it('with names that lead out of it is read without them', async () => {
    const files = new Map([
      ['m.safetensors', cnn],
      ['../evil.safetensors', cnn],
      ['/etc/x.safetensors', cnn],
      ['..%2f/x.safetensors', cnn],
    ])
    const { hub: asked } = await hub({ 'org/m': { files } })
    expect((await inspectPath('hf://org/m')).stateDicts).toHaveLength(1)
    expect(asked.asked.some(({ path }) => path.includes('evil') || path.includes('etc'))).toBe(false)
  })

  it('is asked nothing of when the environment says that there is no network', async () => {
    const { hub: asked } = await hub({}, { HF_HUB_OFFLINE: '1' })
    await expect(inspectPath('hf://org/m')).rejects.toMatchObject({ code: 'source/network' })
    expect(asked.asked).toEqual([])
  })

  it('is checked and compared, and not locked', async () => {
    await hub({ 'org/m': { files: new Map([['m.safetensors', cnn]]) } })
    expect((await runCli(['check', 'hf://org/m'])).code).toBe(0)
    expect((await runCli(['diff', 'hf://org/m', local('cnn.safetensors'), '--exit-code'])).code).toBe(0)
  })

  it('is not looked for where there is a folder of its name', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'hf.co/org/m'), { recursive: true })
    writeFileSync(join(folder, 'hf.co/org/m/m.safetensors'), cnn)
    const { hub: asked } = await hub({})
    expect((await inspectPath(join(folder, 'hf.co/org/m'))).stateDicts).toHaveLength(1)
    expect(asked.asked).toEqual([])
  })
})

describe('a name of the Hub', () => {
  it.each(['hf://datasets/a/b', 'hf://spaces/a/b', 'https://huggingface.co/datasets/a/b'])(
    '%s is of no model',
    (name) => {
      expect(() => hubName(name)).toThrow(expect.objectContaining({ code: 'unsupported/feature' }))
    },
  )

  it.each([
    'hf://gpt2',
    'hf://',
    'hf://-a/b',
    'hf://a/.b',
    'hf://a/b.',
    'hf://a/b--c',
    'hf://a/b.git',
    'hf://café/x',
    'hf://a/b@..',
    'hf://a/b@x%2F..%2Fy',
    'hf://a/b@a?b',
    'https://huggingface.co/gpt2',
    'https://huggingface.co/a/b/commit/x',
    'https://huggingface.co/api/models/x',
  ])('%s is refused', (name) => {
    expect(() => hubName(name)).toThrow(expect.objectContaining({ code: 'usage/arguments' }))
  })

  it('is told from other addresses by its start', () => {
    expect(isHubName('https://example.com/org/m')).toBe(false)
    expect(isHubName('https://huggingface.co.evil.com/org/m')).toBe(false)
    expect(isHubName('models/hf.co/x')).toBe(false)
    expect(hubName('https://example.com/org/m')).toBeUndefined()
    expect(hubName('hf://a/b@refs/convert/parquet/x/y')).toEqual({
      repository: 'a/b',
      revision: 'refs/convert/parquet',
      path: 'x/y',
    })
  })
})

describe('what the environment says of the Hub', () => {
  it('follows the rules of huggingface_hub', () => {
    const home = temporaryFolder()
    writeFileSync(join(home, 'token'), 'hf_stored\n')
    const access = (env: Record<string, string>) => hubAccess({ HF_HOME: home, ...env })
    expect(access({})).toEqual({
      endpoint: 'https://huggingface.co',
      token: 'hf_stored',
      isOffline: false,
      cache: join(home, 'hub'),
    })
    expect(access({ HF_HUB_CACHE: '$HF_HOME/x', HUGGINGFACE_HUB_CACHE: '/y' }).cache).toBe(join(home, 'x'))
    expect(access({ HUGGINGFACE_HUB_CACHE: '/y' }).cache).toBe('/y')
    for (const name of ['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE'])
      expect(['1', 'on', 'Yes', 'TRUE', '0', ''].map((value) => access({ [name]: value }).isOffline)).toEqual(
        [true, true, true, true, false, false],
      )
    expect(access({ HF_TOKEN: ' hf_given\r\n' }).token).toBe('hf_given')
    expect(access({ HF_TOKEN: ' ' }).token).toBe('hf_stored')
    expect(access({ HUGGING_FACE_HUB_TOKEN: 'hf_old' }).token).toBe('hf_old')
    expect(access({ HF_HUB_DISABLE_IMPLICIT_TOKEN: 'True' }).token).toBeUndefined()
    expect(access({ HF_TOKEN_PATH: join(home, 'none') }).token).toBeUndefined()
    expect(access({ HF_ENDPOINT: 'https://mirror.example/hf/' }).endpoint).toBe('https://mirror.example/hf')
    for (const endpoint of ['mirror', 'ftp://x', 'https://u:p@x', 'https://x?y'])
      expect(() => access({ HF_ENDPOINT: endpoint })).toThrow(
        expect.objectContaining({ code: 'usage/arguments' }),
      )
  })
})
