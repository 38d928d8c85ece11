// The imitation of the Hub that the tests use, held to the clients that people use:
//   npm run hub:clients -- PYTHON MODULES [--write]
// PYTHON has huggingface_hub, MODULES is a node_modules with @huggingface/hub. Each lists, downloads and reads headers; what is not
// as it should be ends it with 1. --write renews docs/remote.json and the tables of docs/remote.md.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inspectPath, Traffic } from '../../src/node.ts'
import { type HubModelFiles, imitateHub } from '../../test/helpers/hub-imitation.ts'
import { largeHubModel, oneFileHubModel } from '../../test/helpers/large-hub-model.ts'
import { clientsTable, costTable, type Result, replaced } from './tables.ts'

const options = process.argv.slice(2)
const isWriting = options.includes('--write')
const [python = 'python3', modules = 'node_modules'] = options.filter((option) => !option.startsWith('--'))
const run = promisify(execFile)
const work = mkdtempSync(join(tmpdir(), 'sdinspect-hub-'))

const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(join('fixtures', name)))
const cnn = bytesOf('cnn.safetensors')
const config = bytesOf('gpt2-sharded/config.json')
const sharded = new Map(
  readdirSync('fixtures/gpt2-sharded').map((name) => [name, bytesOf(`gpt2-sharded/${name}`)]),
)
const many = new Map(
  Array.from({ length: 25 }, (_, i) => [`f/${String(i).padStart(2, '0')}.txt`, new Uint8Array(i)]),
)
const model: HubModelFiles = {
  files: new Map([
    ['config.json', config],
    ['model.safetensors', cnn],
    ['sub dir/m.safetensors', cnn],
  ]),
  revisions: ['feat/x'],
}
const models = new Map<string, HubModelFiles>([
  ['org/m', model],
  ['org/many', { files: many }],
  ['org/sharded', { files: sharded }],
  ['org/large', largeHubModel(163)],
  ['org/bert', oneFileHubModel()],
  ['org/gated', { ...model, gated: true }],
  ['org/old', { files: new Map(), renamedTo: 'org/m' }],
])

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const namesIn = (bytes: Uint8Array): string[] => {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))
  return Object.keys(header).filter((name) => name !== '__metadata__')
}
const weights = [...sharded].filter(([name]) => name.endsWith('.safetensors'))

/** What a client should get. A list: any of these, for clients call the same refusal differently. */
const expected: Readonly<Record<string, unknown>> = {
  list: [...model.files.keys()].sort(),
  'list in pages': [...many.keys(), 'f'].sort(),
  'list a folder at a revision': ['sub dir/m.safetensors'],
  sizes: { 'config.json': config.length, 'model.safetensors': cnn.length },
  'download of git': sha256(config),
  'download of storage': sha256(cnn),
  'download from a folder at a revision': sha256(cnn),
  'download of a renamed model': sha256(cnn),
  'header of one file': namesIn(cnn).sort(),
  'header of a large file': 198,
  'headers of shards': weights.flatMap(([, bytes]) => namesIn(bytes)).sort(),
  'headers of 163 shards': 163 * 96,
  'a missing model': ['RepositoryNotFoundError', 'HTTP 401', 'HTTP 404'],
  'a missing file': ['EntryNotFoundError', 'RemoteEntryNotFoundError', 'HTTP 404', null],
  'a missing revision': ['RevisionNotFoundError', 'HTTP 404', null],
  'a gated model': ['GatedRepoError', 'HTTP 401'],
  commit: '0123456789abcdef0123456789abcdef01234567',
}

function isRight(what: string, got: unknown): boolean {
  const wanted = expected[what]
  // One client counts folders as entries and the other does not.
  if (what === 'list in pages')
    return JSON.stringify(got) === JSON.stringify(wanted) || isSame(got, [...many.keys()].sort())
  if (what.startsWith('a ')) return (wanted as unknown[]).includes(got)
  return isSame(got, wanted)
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

const imitation = await imitateHub(models, { pageSize: 10 })
const { hub, storage } = imitation
const cost = async (does: () => Promise<unknown>) => {
  const before = [hub.asked.length + storage.asked.length, hub.sent + storage.sent] as const
  await does()
  return {
    requests: hub.asked.length + storage.asked.length - before[0],
    bytes: hub.sent + storage.sent - before[1],
  }
}
try {
  const env = { PATH: process.env.PATH, HOME: work, HF_HOME: join(work, 'home') }
  const withPython = (...only: string[]) =>
    run(python, ['scripts/hub-clients/client.py', hub.origin, work, ...only], { env, maxBuffer: 1 << 26 })
  const withNode = (...only: string[]) =>
    run(process.execPath, ['scripts/hub-clients/client.mjs', modules, hub.origin, ...only], {
      env,
      maxBuffer: 1 << 26,
    })
  const results: Result[] = []
  for (const [client, ran] of [
    ['huggingface_hub', await withPython()],
    ['@huggingface/hub', await withNode()],
  ] as const) {
    const lines = ran.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { what: string; got: unknown })
    const version = String(lines.find(({ what }) => what === 'version')?.got)
    for (const { what, got } of lines)
      if (what !== 'version')
        results.push({ client: `${client} ${version}`, what, isRight: isRight(what, got), got })
  }
  Object.assign(process.env, {
    HF_ENDPOINT: hub.origin,
    HF_HOME: env.HF_HOME,
    HF_HUB_CACHE: join(work, 'none'),
  })
  const inspected = async (name: string) => inspectPath(name, { traffic: new Traffic() })
  const ofBert = {
    huggingface_hub: await cost(() => withPython('header of a large file')),
    '@huggingface/hub': await cost(() => withNode('header of a large file')),
  }
  const measured = {
    sharded: {
      sdinspect: await cost(() => inspected('hf://org/large')),
      huggingface_hub: await cost(() => withPython('headers of 163 shards')),
      '@huggingface/hub': await cost(() => withNode('headers of 163 shards')),
    },
    // Those two look for the file of a model by themselves.
    model: { sdinspect: await cost(() => inspected('hf://org/bert')), ...ofBert },
    single: { sdinspect: await cost(() => inspected('hf://org/bert/model.safetensors')), ...ofBert },
  }
  const clients = clientsTable(results)
  const costs = costTable(measured)
  process.stdout.write(`${clients}\n${costs}\n`)
  const wrong = results.filter((one) => !one.isRight)
  for (const { client, what, got } of wrong)
    process.stderr.write(`${client}: ${what}: ${JSON.stringify(got)?.slice(0, 300)}\n`)
  if (isWriting) {
    writeFileSync(
      'docs/remote.json',
      `${JSON.stringify({ cost: measured.sharded, model: measured.model, single: measured.single }, null, 2)}\n`,
    )
    const page = readFileSync('docs/remote.md', 'utf8')
    writeFileSync('docs/remote.md', replaced(replaced(page, 'clients', clients), 'cost', costs))
  }
  process.exitCode = wrong.length === 0 ? 0 : 1
} finally {
  imitation.close()
  rmSync(work, { recursive: true, force: true })
}
