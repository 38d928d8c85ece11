import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { library } from '../../src/cli/library.ts'
import { runCli } from '../helpers/run-cli.ts'
import { serve, webServer } from '../helpers/web-server.ts'

const fixtures = new URL('../../fixtures/', import.meta.url)
const local = (name: string): string => fileURLToPath(new URL(name, fixtures))

const served = new Map<string, Uint8Array>(
  ['cnn.safetensors', 'torch/lightning.ckpt', ...folder('gpt2-sharded'), ...folder('torch-sharded')].map(
    (name) => [name, new Uint8Array(readFileSync(new URL(name, fixtures)))],
  ),
)

function folder(name: string): string[] {
  return readdirSync(new URL(name, fixtures)).map((file) => `${name}/${file}`)
}

const run = (...argv: string[]) => runCli(argv, { library })

describe('a URL is answered as the file it leads to', () => {
  it.each(['cnn.safetensors', 'torch/lightning.ckpt', 'gpt2-sharded/model.safetensors.index.json'])(
    '%s',
    async (name) => {
      const { origin } = await webServer(serve(served))
      const url = `${origin}/${name}`
      for (const command of [
        ['inspect', '--json'],
        ['ls'],
        ['tree'],
        ['params', '--json'],
        ['check', '--json'],
      ]) {
        const far = await run(...command, url)
        const near = await run(...command, local(name))
        // What it cost is said, and nothing else that is not said of a file.
        expect(far.err.replace(/sdinspect: \d+ requests?, [\d.]+ \w+ of [\d.]+ \w+, [\d.]+ s\n$/, '')).toBe(
          near.err,
        )
        expect(far.err).not.toBe(near.err)
        expect(far.code).toBe(near.code)
        // A fingerprint is of the path too.
        const shown = (text: string) => text.replace(/"fingerprint":"[^"]*"/g, '')
        expect(shown(far.out.replaceAll(url, local(name)))).toBe(shown(near.out))
      }
      const { out, code } = await run('diff', url, local(name), '--exit-code')
      expect({ out: out.split('\n')[0], code }).toMatchObject({ code: 0 })
    },
  )
})

it('asks for an index once, and for each shard once', async () => {
  const { origin, asked } = await webServer(serve(served))
  expect((await run('ls', `${origin}/gpt2-sharded/model.safetensors.index.json`)).code).toBe(0)
  const paths = asked.map(({ path }) => path)
  expect(paths.filter((path) => path.endsWith('.safetensors'))).toHaveLength(7)
  expect(new Set(paths).size).toBe(paths.length)
})

it('repeats nothing that may be a secret, whatever happens', async () => {
  const { origin } = await webServer(serve(served))
  const query = '?X-Amz-Signature=SECRET&token=SECRET'
  const runs = [
    ['inspect', `${origin}/cnn.safetensors${query}`],
    ['inspect', '--json', `${origin}/cnn.safetensors${query}`],
    ['ls', '-f', 'ndjson', `${origin}/cnn.safetensors${query}`],
    ['why', `${origin}/cnn.safetensors${query}`, 'fc.weight'],
    ['check', `${origin}/cnn.safetensors${query}`],
    ['check', '--json', `${origin}/missing${query}`],
    ['inspect', `${origin}/missing${query}`],
    ['inspect', '--json', `${origin}/missing${query}`],
    ['diff', `${origin}/cnn.safetensors${query}`, `${origin}/missing${query}`],
    ['inspect', 'https://user:SECRET@example.com/x'],
    ['check', `ftp://user:SECRET@example.com/x${query}`],
    ['lock', `${origin}/cnn.safetensors${query}`],
    ['init', `${origin}/cnn.safetensors${query}`],
  ]
  for (const argv of runs) {
    const { out, err } = await run(...argv)
    expect(out + err).not.toContain('SECRET')
    expect(out + err).not.toBe('')
  }
})

it('ends with 2 where there is no verdict, and does not stop at one that fails', async () => {
  const { origin } = await webServer(serve(served))
  const { code, out, err } = await run('ls', `${origin}/missing`, `${origin}/cnn.safetensors`)
  expect(code).toBe(2)
  expect(err).toContain(`${origin}/missing: the server has no such file (HTTP 404)`)
  expect(out).toContain('fc.weight')
  for (const command of ['lock', 'init']) {
    const refused = await run(command, `${origin}/cnn.safetensors`)
    expect(refused).toMatchObject({ code: 2, out: '' })
    expect(refused.err).toContain('only files, folders and models of the Hub are read here, and no URLs')
  }
  expect((await run('inspect', 's3://bucket/key')).err).toContain('presigned')
})

describe('check --values at a distance', () => {
  it.each(['cnn.safetensors', 'torch/lightning.ckpt', 'gpt2-sharded/model.safetensors.index.json'])(
    'reads the values of %s',
    async (name) => {
      const { origin } = await webServer(serve(served))
      const far = await run('check', '--values', `${origin}/${name}`)
      const near = await run('check', '--values', local(name))
      expect(far.code).toBe(near.code)
      expect(far.out.replaceAll(`${origin}/${name}`, local(name))).toBe(near.out)
      expect(far.err).toContain('of values')
    },
  )

  it('fetches what has many members in few requests', async () => {
    const files = new Map(
      folder('torch/dcp').map((name) => [name, new Uint8Array(readFileSync(new URL(name, fixtures)))]),
    )
    const { origin, asked } = await webServer(serve(files))
    const { code, out } = await run('check', '--values', `${origin}/torch/dcp/.metadata`)
    expect([code, out]).toEqual([0, expect.stringContaining('values of 32/32 tensors')])
    // 32 archives, each with its directory, its members and its values.
    expect(asked.length).toBeLessThan(32)
  })

  it('asks before much is fetched', async () => {
    const { origin } = await webServer(serve(served))
    const argv = ['check', '--values', '--limit', 'remoteValueBytes=1000', `${origin}/cnn.safetensors`]
    const { code, out } = await run(...argv)
    expect([code, out]).toEqual([2, expect.stringContaining('--yes')])
    expect((await run(...argv, '--yes')).code).toBe(0)
  })
})
