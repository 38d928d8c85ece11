import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { isSdinspectError } from '../../src/errors.ts'
import { open as openSource } from '../../src/index.ts'
import { type OpenCheckpoint, open } from '../../src/node.ts'
import { memorySource } from '../../src/source/memory.ts'
import { memoryPlace } from '../../src/source/memory-place.ts'
import type { Place } from '../../src/source/source.ts'
import { packedFixture } from '../helpers/packed-fixture.ts'
import { Faults } from '../helpers/sources.ts'

const folder = fileURLToPath(new URL('../../fixtures/', import.meta.url))
const cnn = `${folder}cnn.safetensors`

async function all(checkpoint: OpenCheckpoint, name: string, options = {}): Promise<Buffer> {
  const windows: Uint8Array[] = []
  for await (const { bytes } of checkpoint.values(name, options)) windows.push(bytes)
  return Buffer.concat(windows)
}

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (isSdinspectError(error)) return `${error.code}: ${error.message}`
    throw error
  }
  return 'it was given'
}

/** A folder of fixtures in memory. */
function folderInMemory(name: string): Map<string, Uint8Array> {
  return new Map(readdirSync(folder + name).map((file) => [file, readFileSync(`${folder}${name}/${file}`)]))
}

describe('an open checkpoint', () => {
  test('has the report, the tensors, and the values of each as elements', async () => {
    const checkpoint = await open(cnn)
    expect(checkpoint.report.stateDicts[0]?.tensors.length).toBe(92)
    expect(checkpoint.tensors.length).toBe(92)
    const windows: string[] = []
    for await (const { offset, bytes, dtype, view } of checkpoint.values('bn1.running_var', {
      windowBytes: 48,
    }))
      windows.push(`${offset} ${bytes.length} ${dtype} ${view?.constructor.name} ${view?.length}`)
    expect(windows).toEqual([
      '0 48 F32 Float32Array 12',
      '48 48 F32 Float32Array 12',
      '96 32 F32 Float32Array 8',
    ])
    for await (const { view } of checkpoint.values('bn1.num_batches_tracked')) expect(view?.[0]).toBe(0n)
    await checkpoint.close()
  })

  test('gives no array for a type that JavaScript has none of', async () => {
    const checkpoint = await open(`${folder}vit-bf16.safetensors`)
    for await (const { view, bytes } of checkpoint.values('cls_token')) {
      expect(view).toBeNull()
      expect(bytes.length).toBe(2 * 64)
    }
    await checkpoint.close()
  })

  test('reads any state dict of the file', async () => {
    const checkpoint = await open(`${folder}torch/with_optimizer.pt`)
    const optimizer = checkpoint.checkpoint.stateDicts.find(({ role }) => role === 'optimizer')
    const { name, bytes } = optimizer?.tensors.find((tensor) => tensor.bytes === 4) ?? expect.fail()
    expect((await all(checkpoint, name, { stateDict: optimizer?.path })).length).toBe(bytes)
    expect(await refusal(all(checkpoint, name))).toContain('usage/arguments: there is no tensor')
    expect(await refusal(all(checkpoint, name, { stateDict: 'nowhere' }))).toContain('usage/state-dict')
    await checkpoint.close()
  })

  test.each(['gpt2-sharded', 'torch/dcp', 'lora'])('is a folder as well: %s', async (name) => {
    const checkpoint = await open(folder + name)
    const [tensor] = checkpoint.tensors.filter(({ values }) => typeof values !== 'string')
    if (tensor !== undefined) expect((await all(checkpoint, tensor.name)).length).toBe(tensor.bytes)
    await checkpoint.close()
  })

  test('refuses what it cannot give, with a code', async () => {
    await using checkpoint = await open(cnn)
    expect(await refusal(all(checkpoint, '__proto__'))).toContain(
      'usage/arguments: there is no tensor "__proto__"',
    )
    expect(await refusal(all(checkpoint, 'bn1.weight', { windowBytes: 0 }))).toContain('usage/arguments')
    await using manifest = await open(`${folder}manifest.json`)
    expect(await refusal(all(manifest, manifest.tensors.at(0)?.name ?? ''))).toBe(
      'usage/no-values: the values of "scale" are not in this file, which only describes it',
    )
    expect(await refusal(open(folder))).toContain('usage/arguments')
    expect(await refusal(open(`${folder}nothing.pt`))).toContain('source/not-found')
  })

  test('ends when told to', async () => {
    await using checkpoint = await open(cnn)
    const controller = new AbortController()
    const reading = (async () => {
      for await (const { offset } of checkpoint.values('conv1.0.weight', {
        windowBytes: 48,
        signal: controller.signal,
      }))
        if (offset > 0) controller.abort(new Error('enough'))
    })()
    await expect(reading).rejects.toThrow('enough')
  })

  test('is closed once, and says so afterwards', async () => {
    const checkpoint = await open(cnn)
    const reading = checkpoint.values('conv1.0.weight', { windowBytes: 48 })
    await reading.next()
    await checkpoint.close()
    await checkpoint.close()
    const closed = 'usage/closed: the checkpoint was closed before it was read'
    expect(await refusal(reading.next())).toBe(closed)
    expect(await refusal(all(checkpoint, 'bn1.weight'))).toBe(closed)
    expect(checkpoint.report.stateDicts[0]?.tensors.length).toBe(92)
  })
})

const values = packedFixture('fixtures/values.json')

/** Files this process holds open, where the system says. */
function openFiles(): number {
  return existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0
}

test('leaves no file open, whether it is read, left, refused or closed', async () => {
  await (await open(cnn)).close()
  const before = openFiles()
  const paths = ['cnn.safetensors', 'gpt2-sharded', 'torch/state_dict.pt', 'torch/dcp'].map(
    (name) => folder + name,
  )
  for (const path of [...paths, values]) {
    const checkpoint = await open(path)
    const { name: first } = checkpoint.tensors.at(0) ?? expect.fail()
    await all(checkpoint, first).catch(() => undefined)
    if (typeof checkpoint.tensors.at(0)?.values !== 'string')
      for await (const _ of checkpoint.values(first, { windowBytes: 1 })) break
    await checkpoint.close()
  }
  for (const name of ['', 'README.md', 'hostile/pt', 'bert/config.json', 'nothing'])
    await open(folder + name).then(
      () => expect.fail(name),
      () => undefined,
    )
  expect(openFiles()).toBe(before)
})

describe.each(['gpt2-sharded', 'hub-sharded', 'torch-sharded', 'bart-sharded', 'values/dcp'])(
  '%s',
  (name) => {
    const files = folderInMemory(name)
    const index = [...files.keys()].find((file) => /\.index\.json$|^\.metadata$/.test(file)) as string
    const run = async (place: Place, faults: Faults) => {
      const source = faults.source(memorySource(files.get(index) as Uint8Array, index))
      try {
        // Small values that cannot be looked at are left out, and no error.
        const checkpoint = await openSource(source, { place, smallValues: 'never' })
        try {
          for (const tensor of [...checkpoint.tensors].slice(0, 12)) await all(checkpoint, tensor.name)
        } finally {
          await checkpoint.close()
        }
      } finally {
        await source.close?.()
      }
    }

    test('closes every file, whichever read fails', async () => {
      const whole = new Faults()
      await run(whole.place(memoryPlace(files)), whole)
      expect(whole.closed).toBe(whole.opened)
      let failed = 0
      for (let k = 0; k < whole.reads; k++) {
        const faults = new Faults(k)
        await run(faults.place(memoryPlace(files)), faults).catch((error) => {
          failed++
          if (!isSdinspectError(error)) throw error
        })
        expect([k, faults.closed]).toEqual([k, faults.opened])
      }
      // A configuration that cannot be read is a finding.
      expect(failed).toBeGreaterThan(whole.reads / 2)
    })
  },
)

test('notices a file that is another when its values are read', async () => {
  const files = folderInMemory('hub-sharded')
  const index = 'model.safetensors.index.json'
  const source = memorySource(files.get(index) as Uint8Array, index)
  await using checkpoint = await openSource(source, { place: memoryPlace(files) })
  files.set('model-00001-of-00002.safetensors', new Uint8Array(10))
  expect(await refusal(all(checkpoint, 'embed.weight'))).toContain(
    'source/changed: the file is 10 bytes long',
  )
})

test('holds few files of many open, and opens again what it closed', async () => {
  const { vectorsFile, jsonBytes } = await import('../helpers/shards.ts')
  const names = Array.from({ length: 200 }, (_, i) => `s${i}.safetensors`)
  const files = new Map(names.map((name, i) => [name, vectorsFile({ [`t${i}`]: 2 })]))
  const index = jsonBytes({
    metadata: {},
    weight_map: Object.fromEntries(names.map((name, i) => [`t${i}`, name])),
  })
  let [now, most] = [0, 0]
  const inner = memoryPlace(files)
  const place: Place = {
    ...inner,
    open: async (name) => {
      const source = await inner.open(name)
      most = Math.max(most, ++now)
      return {
        ...source,
        close: async () => {
          now--
        },
      }
    },
  }
  const checkpoint = await openSource(memorySource(index, 'm.safetensors.index.json'), { place })
  expect(now).toBe(0)
  most = 0
  for (let pass = 0; pass < 2; pass++)
    for (let i = 0; i < 200; i++) expect((await all(checkpoint, `t${i}`)).length).toBe(8)
  expect(most).toBeLessThanOrEqual(65)
  await checkpoint.close()
  expect(now).toBe(0)
})
