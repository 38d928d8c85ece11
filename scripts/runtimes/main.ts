// Runs the packed package in every runtime that is here, and compares what each prints, writes and exits with, byte for
// byte, with what this Node does: npm run runtimes [-- --fetch]
// They are Node 20, 22 and 24, Bun and Deno. --fetch brings what is missing from npm into node_modules/.cache, and then none
// may be missing. What differs ends it with 1.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { imitateHub } from '../../test/helpers/hub-imitation.ts'
import { listen } from '../../test/helpers/listen.ts'
import { serve } from '../../test/helpers/serve.ts'
import { vectorsFile } from '../../test/helpers/shards.ts'
import { lines } from './lines.ts'
import { runtimes } from './programs.ts'
import { Trial } from './trial.ts'

const isFetching = process.argv.includes('--fetch')
const { found, missing } = runtimes(isFetching)
const names = missing.join(', ')
if (missing.length > 0)
  say(
    isFetching
      ? `could not be had from npm: ${names}`
      : `not here, and not tried: ${names} (--fetch brings them)`,
  )
const [reference, ...others] = found
if (reference === undefined || others.length === 0) process.exit(isFetching ? 1 : 0)

const work = mkdtempSync(join(tmpdir(), 'sdinspect-runtimes-'))
const app = join(work, 'app')
install(app)
cpSync('fixtures', join(app, 'fixtures'), { recursive: true })
const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`layers.${i}.attention.weight`, 1]))
writeFileSync(join(app, 'many.safetensors'), vectorsFile(many))

const files = served()
const web = await listen((request, response) => {
  if (request.url === '/never') silent()
  else serve(files)(request, response)
})
const gone = await listen(() => {})
gone.close()
let silent = (): void => {}
const hub = await imitateHub(
  new Map([
    ['org/model', { files: under('bart-sharded') }],
    ['org/gated', { files: under('bart-sharded'), gated: true }],
  ]),
)
const asked = (): Promise<void> =>
  new Promise((resolve) => {
    silent = resolve
  })

let differences = 0
try {
  const tried = lines({ web: web.origin, gone: gone.origin, hub: hub.hub.origin })
  const expected = new Trial(reference, app)
  const wanted = await expected.all(tried, `${web.origin}/never`, asked)
  for (const runtime of others) {
    const got = await new Trial(runtime, app).all(tried, `${web.origin}/never`, asked)
    let count = 0
    for (const [title, outcome] of wanted)
      for (const [part, text] of Object.entries(outcome)) {
        const other = got.get(title)?.[part] ?? 'nothing'
        if (other === text) continue
        count++
        say(`${runtime.title}: ${title}: ${part}\n${firstDifference(text, other)}`)
      }
    differences += count
    say(
      `${runtime.title}: ${count === 0 ? 'all' : `${wanted.size} tried, ${count} differ, others`} as ${reference.title} does`,
    )
  }
  say(
    `${wanted.size} command lines, programs and screens of the packed package in ${found.map(({ title }) => title).join(', ')}`,
  )
} finally {
  web.close()
  hub.close()
  rmSync(work, { recursive: true, force: true })
}
process.exitCode = differences > 0 || (isFetching && missing.length > 0) ? 1 : 0

/** Packs the package and installs it in an empty folder, as scripts/package.js does. */
function install(folder: string): void {
  const npm = (args: readonly string[], cwd: string): string => {
    const { status, stdout, stderr } = spawnSync('npm', args, {
      cwd,
      encoding: 'utf8',
      shell: process.platform === 'win32',
      maxBuffer: 1 << 28,
    })
    if (status !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${stderr}`)
    return stdout
  }
  const [{ filename }] = JSON.parse(
    npm(['pack', '--json', '--ignore-scripts', '--pack-destination', work], '.'),
  )
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}')
  npm(['install', '--offline', '--no-fund', '--no-audit', '--ignore-scripts', join(work, filename)], folder)
  cpSync('scripts/package/run.mjs', join(folder, 'run.mjs'))
  cpSync('fixtures/cnn.safetensors', join(folder, 'cnn.safetensors'))
}

/** The files of a folder of fixtures by their names in it. */
function under(folder: string): Map<string, Uint8Array> {
  return new Map(
    readdirSync(`fixtures/${folder}`).map((name) => [
      name,
      new Uint8Array(readFileSync(`fixtures/${folder}/${name}`)),
    ]),
  )
}

function served(): Map<string, Uint8Array> {
  const sharded = [...under('bart-sharded')].map(([name, bytes]) => [`bart-sharded/${name}`, bytes] as const)
  const alone = ['cnn.safetensors', 'torch/lightning.ckpt'].map(
    (name) => [name, new Uint8Array(readFileSync(`fixtures/${name}`))] as const,
  )
  return new Map([...sharded, ...alone])
}

function firstDifference(wanted: string, got: string): string {
  const a = wanted.split('\n')
  const b = got.split('\n')
  const at = a.findIndex((line, index) => line !== b[index])
  const index = at === -1 ? a.length : at
  return `  line ${index + 1}\n  - ${a[index]?.slice(0, 300) ?? '(its end)'}\n  + ${b[index]?.slice(0, 300) ?? '(its end)'}`
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
