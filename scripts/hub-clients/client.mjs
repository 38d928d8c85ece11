// What @huggingface/hub makes of an imitation of the Hub: one JSON object a line, {what, got}.
// node client.mjs MODULES ENDPOINT [WHAT]
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [modules, hubUrl, only] = process.argv.slice(2)
const folder = join(modules, '@huggingface/hub')
const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
const hub = await import(pathToFileURL(join(folder, 'dist/index.mjs')).href)

const tell = async (what, work) => {
  if (only !== undefined && what !== only) return
  let got
  try {
    got = await work()
  } catch (error) {
    got = error.statusCode === undefined ? error.name : `HTTP ${error.statusCode}`
  }
  console.log(JSON.stringify({ what, got: got ?? null }))
}

async function list(repo, more = {}) {
  const paths = []
  for await (const { type, path } of hub.listFiles({ repo, hubUrl, ...more }))
    if (type === 'file') paths.push(path)
  return paths.sort()
}

async function download(repo, path, more = {}) {
  const blob = await hub.downloadFile({ repo, path, hubUrl, xet: false, ...more })
  if (blob === null) return null
  return createHash('sha256')
    .update(new Uint8Array(await blob.arrayBuffer()))
    .digest('hex')
}

async function tensors(repo) {
  const { sharded, header, headers } = await hub.parseSafetensorsMetadata({ repo, hubUrl })
  const all = sharded ? Object.values(headers) : [header]
  return all.flatMap((one) => Object.keys(one).filter((name) => name !== '__metadata__')).sort()
}

console.log(JSON.stringify({ what: 'version', got: about.version }))
await tell('list', () => list('org/m', { recursive: true }))
await tell('list in pages', () => list('org/many', { recursive: true }))
await tell('sizes', async () =>
  Object.fromEntries(
    (await hub.pathsInfo({ repo: 'org/m', hubUrl, paths: ['config.json', 'model.safetensors'] })).map(
      ({ path, size }) => [path, size],
    ),
  ),
)
await tell('download of git', () => download('org/m', 'config.json'))
await tell('download of storage', () => download('org/m', 'model.safetensors'))
await tell('download from a folder at a revision', () =>
  download('org/m', 'sub dir/m.safetensors', { revision: 'feat/x' }),
)
await tell('download of a renamed model', () => download('org/old', 'model.safetensors'))
await tell('header of one file', () => tensors('org/m'))
await tell('header of a large file', async () => (await tensors('org/bert')).length)
await tell('headers of shards', () => tensors('org/sharded'))
await tell('headers of 163 shards', async () => (await tensors('org/large')).length)
await tell('a missing model', () => list('org/none'))
await tell('a missing file', () => download('org/m', 'none.bin'))
await tell('a missing revision', () => download('org/m', 'config.json', { revision: 'none' }))
await tell('a gated model', () => download('org/gated', 'model.safetensors'))
await tell(
  'commit',
  async () => (await hub.modelInfo({ name: 'org/m', hubUrl, additionalFields: ['sha'] })).sha,
)
