import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readZip } from '../../src/codec/zip.ts'
import { inspect } from '../../src/index.ts'
import { defaultLimits } from '../../src/limits.ts'
import type { Report } from '../../src/model/report.ts'
import { memorySource } from '../../src/source/memory.ts'
import { memoryPlace } from '../../src/source/memory-place.ts'
import { zipBytes } from '../codec/zip-bytes.ts'
import { Distance } from '../helpers/distance.ts'
import { legacyTorchFile, writeLargeTorchFile } from '../helpers/large-torch-file.ts'
import { entry, safetensorsBytes } from '../helpers/safetensors-bytes.ts'
import { jsonBytes } from '../helpers/shards.ts'
import { temporaryFolder } from '../source/temporary-folder.ts'

const fixtures = new URL('../../fixtures/', import.meta.url)
const mebibyte = 1_048_576

function filesOf(folder: string): Map<string, Uint8Array> {
  return new Map(
    readdirSync(new URL(folder, fixtures)).map((name) => [
      name,
      new Uint8Array(readFileSync(new URL(`${folder}/${name}`, fixtures))),
    ]),
  )
}

/** A safetensors file of `count` tensors with a header of about 100 bytes for each, and `dataBytes` a tensor. */
function model(count: number, dataBytes = 4, prefix = 'model.layers.0.some.module'): Uint8Array {
  const members = Array.from(
    { length: count },
    (_, i) =>
      `"${prefix}.${i}":${JSON.stringify(entry('F32', [dataBytes / 4], i * dataBytes, (i + 1) * dataBytes))}`,
  )
  return safetensorsBytes({ header: `{${members.join(',')}}`, data: count * dataBytes })
}

function headerLength(bytes: Uint8Array): number {
  return 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
}

async function atADistance(bytes: Uint8Array, name: string): Promise<{ far: Distance; report: Report }> {
  const far = new Distance()
  return { far, report: await inspect(far.source(bytes, name)) }
}

/** Without values, which are looked at at hand alone. */
const atHand = (bytes: Uint8Array, name: string): Promise<Report> =>
  inspect(memorySource(bytes, name), { smallValues: 'never' })

describe('a safetensors file at a distance', () => {
  it.each([1, 1_000, 3_000])('of %d tensors is read in two rounds at most', async (count) => {
    const bytes = model(count, 4_000)
    const { far, report } = await atADistance(bytes, 'm.safetensors')
    expect(report).toEqual(await atHand(bytes, 'm.safetensors'))
    expect(far.rounds.length).toBe(headerLength(bytes) <= 90_112 ? 1 : 2)
    expect(far.reads).toBe(far.rounds.length)
    expect(far.bytes).toBeLessThanOrEqual(headerLength(bytes) + mebibyte)
  })

  // Where the first read ends, and one byte to either side of it.
  it.each([-1, 0, 1])(
    'whose header ends %d bytes from the end of the first read is read whole',
    async (more) => {
      const begin = `{"a":${JSON.stringify(entry('F32', [200_000], 0, 800_000))},"__metadata__":{"k":"`
      const text = `${begin}${'x'.repeat(90_112 - 8 + more - begin.length - 3)}"}}`
      const bytes = safetensorsBytes({ header: text, data: 800_000 })
      expect(headerLength(bytes)).toBe(90_112 + more)
      const { far, report } = await atADistance(bytes, 'm.safetensors')
      expect(report).toEqual(await atHand(bytes, 'm.safetensors'))
      expect(far.bytes).toBe(Math.max(90_112, headerLength(bytes)))
    },
  )
})

describe('a JSON document at a distance', () => {
  it('is read in one round', async () => {
    const bytes = jsonBytes(
      Object.fromEntries(
        Array.from({ length: 7_000 }, (_, i) => [`model.layer${i}`, { dtype: 'F32', shape: [i] }]),
      ),
    )
    const { far, report } = await atADistance(bytes, 'm.json')
    expect(report).toEqual(await atHand(bytes, 'm.json'))
    expect(far.rounds).toEqual([{ reads: 1, bytes: bytes.length }])
  })
})

/** Shards of `tensors` tensors each with their index, and a configuration beside them. */
function sharded(shards: number, tensors: number): { files: Map<string, Uint8Array>; headers: number } {
  const files = new Map<string, Uint8Array>()
  const weightMap: Record<string, string> = {}
  let headers = 0
  for (let s = 0; s < shards; s++) {
    const name = `model-${s + 1}-of-${shards}.safetensors`
    const prefix = `model.layers.${s}.some.module`
    const bytes = model(tensors, 40_000, prefix)
    files.set(name, bytes)
    headers += headerLength(bytes)
    for (let i = 0; i < tensors; i++) weightMap[`${prefix}.${i}`] = name
  }
  files.set('model.safetensors.index.json', jsonBytes({ weight_map: weightMap }))
  files.set('config.json', jsonBytes({ model_type: 'x' }))
  for (const [name, bytes] of files) if (name.endsWith('.json')) headers += bytes.length
  return { files, headers }
}

describe('a sharded set at a distance', () => {
  it.each([
    [3, 200],
    [16, 50],
    [40, 20],
  ])(
    'of %d shards takes one round for index and configuration, and one for 16 headers each',
    async (shards, tensors) => {
      const { files, headers } = sharded(shards, tensors)
      const far = new Distance()
      const place = far.place(files)
      const report = await inspect(await place.open('model.safetensors.index.json'), { place })
      const near = memoryPlace(files, 'far')
      expect(report).toEqual(await inspect(await near.open('model.safetensors.index.json'), { place: near }))
      expect(report.files.map(({ name }) => name)).toContain('config.json')
      expect(far.rounds.map(({ reads }) => reads)).toEqual([
        2,
        ...Array.from({ length: Math.ceil(shards / 16) }, (_, i) => Math.min(16, shards - 16 * i)),
      ])
      expect(far.bytes).toBeLessThanOrEqual(headers + mebibyte)
      expect(far.closed).toBe(far.opened - 1)
    },
  )

  it('takes two rounds for headers that are longer than the index lets expect', async () => {
    const { files, headers } = sharded(4, 5)
    const long = safetensorsBytes({
      header: `{"__metadata__":{"k":"${'x'.repeat(50_000)}"},"a":${JSON.stringify(entry('F32', [1], 0, 4))}}`,
      data: 4,
    })
    files.set('model-1-of-4.safetensors', long)
    const far = new Distance()
    const place = far.place(files)
    const report = await inspect(await place.open('model.safetensors.index.json'), { place })
    expect(report.findings.map(({ rule }) => rule)).toContain('index/unlisted-tensor')
    expect(far.rounds.map(({ reads }) => reads)).toEqual([2, 4, 1])
    expect(far.bytes).toBeLessThanOrEqual(headers + headerLength(long) + mebibyte)
  })
})

describe.each(['bart-sharded', 'gpt2-sharded', 'hub-sharded'])('the fixture %s at a distance', (folder) => {
  const files = filesOf(folder)
  const open = async (far: Distance): Promise<Report> => {
    const place = far.place(files)
    return inspect(await place.open('model.safetensors.index.json'), { place })
  }

  it('gives what it gives at hand', async () => {
    const near = memoryPlace(files, 'far')
    const report = await inspect(await near.open('model.safetensors.index.json'), { place: near })
    expect(await open(new Distance())).toEqual(report)
  })

  it('closes what it opened whichever read fails, and fails with that', async () => {
    const all = new Distance()
    await open(all)
    for (let k = 0; k < all.reads; k++) {
      const far = new Distance(k)
      const failed = await open(far).then(
        (report) => report.findings.map(({ rule }) => rule),
        (error) => error.code,
      )
      // Without the configuration the weights are answered all the same.
      if (Array.isArray(failed)) expect(failed).toContain('config/unreadable')
      else expect(failed).toBe('source/io')
      expect(far.closed).toBe(far.opened - 1)
    }
  })
})

/** The archive with so much before and after its entries that neither end of the file has one of them. */
async function stretched(bytes: Uint8Array): Promise<{ bytes: Uint8Array; inside: number }> {
  const source = memorySource(bytes)
  const zip = await readZip(source.size, source.read, defaultLimits)
  const [first] = zip.entries
  const root = first?.name.slice(0, first.name.indexOf('/') + 1) ?? ''
  const filler = (name: string) => ({ name: `${root}extra/${name}`, data: Buffer.alloc(400_000) })
  const entries = zip.entries.map((entry) => {
    const stored = bytes.subarray(entry.offset, entry.offset + entry.compressedBytes)
    return {
      name: entry.name,
      raw: stored,
      crc: entry.crc32,
      bytes: entry.bytes,
      method: entry.method,
      padding: 20,
      ...(entry.name.endsWith('data.pkl') ? { descriptor: entry.crc32 } : {}),
    }
  })
  return { bytes: zipBytes([filler('before'), ...entries, filler('after')]), inside: bytes.length }
}

const torchFiles = ['torch', 'torch/torch-2.15'].flatMap((folder) =>
  readdirSync(new URL(folder, fixtures))
    .map((name) => `${folder}/${name}`)
    .filter((name) => /\.(pt|pth|ckpt|pt2|ptl)$/.test(name)),
)
const isZip = (path: string): boolean =>
  readFileSync(new URL(path, fixtures)).subarray(0, 2).toString() === 'PK'

describe.each(torchFiles)('%s at a distance', (path) => {
  const bytes = new Uint8Array(readFileSync(new URL(path, fixtures)))
  const name = path.slice(path.lastIndexOf('/') + 1)

  it('gives in one round what it gives at hand, for it is small', async () => {
    const { far, report } = await atADistance(bytes, name)
    expect(report).toEqual(await atHand(bytes, name))
    expect(far.rounds.length).toBe(1)
  })
})

describe.each(torchFiles.filter(isZip))('%s at a distance', (path) => {
  const bytes = new Uint8Array(readFileSync(new URL(path, fixtures)))
  const name = path.slice(path.lastIndexOf('/') + 1)

  it('gives in two rounds what it gives at hand when it is large', async () => {
    const { bytes: large, inside } = await stretched(bytes)
    const expected = await atHand(large, name)
    const { far, report } = await atADistance(large, name)
    const { unverified, ...rest } = report
    expect(rest).toEqual(expected)
    expect(unverified?.[0]).toMatchObject({ file: name, what: 'zip-local-headers' })
    // An exported program before torch 2.8 is archives in an archive.
    expect(far.rounds.length).toBeLessThanOrEqual(name === 'program-old.pt2' ? 3 : 2)
    expect(far.bytes).toBeLessThanOrEqual(inside + mebibyte)

    const checked = new Distance()
    expect(await inspect(checked.source(large, name), { verify: true })).toEqual(expected)
    expect(checked.rounds.length).toBeLessThanOrEqual(name === 'program-old.pt2' ? 5 : 3)
  })
})

describe('a large file of torch at a distance', () => {
  it.each([
    [1_000, 2],
    // Its directory is longer than the end that is read first.
    [4_500, 3],
  ])('of %d tensors is read in %d rounds', async (tensors, rounds) => {
    const path = join(temporaryFolder(), 'large.pt')
    writeLargeTorchFile(path, tensors, 100)
    const bytes = new Uint8Array(readFileSync(path))
    const expected = await atHand(bytes, 'large.pt')
    const { far, report } = await atADistance(bytes, 'large.pt')
    const { unverified, ...rest } = report
    expect(JSON.stringify(rest)).toBe(JSON.stringify(expected))
    expect(far.rounds.length).toBeLessThanOrEqual(rounds)
    const zip = await readZip(bytes.length, memorySource(bytes).read, defaultLimits)
    const headers = (zip.byName.get('archive/data.pkl')?.bytes ?? 0) + 70 * tensors
    expect(far.bytes).toBeLessThanOrEqual(headers + mebibyte)
    // Three were read and compared with their values: the pickle, the byte order and the version.
    expect(unverified).toMatchObject([{ count: tensors, file: 'large.pt', what: 'zip-local-headers' }])

    const checked = new Distance()
    const verified = await inspect(checked.source(bytes, 'large.pt'), { verify: true })
    expect(JSON.stringify(verified)).toBe(JSON.stringify(expected))
    expect(checked.rounds.length).toBe(far.rounds.length + 1)
    // What is read with its own header is asked for with some room for it.
    expect(checked.bytes).toBeLessThanOrEqual(far.bytes + (unverified?.[0]?.bytes ?? 0) + 1_024)
  })

  it('is refused when its local headers are others than the directory says, once they are compared', async () => {
    const path = join(temporaryFolder(), 'large.pt')
    writeLargeTorchFile(path, 1_000, 1_000)
    const bytes = new Uint8Array(readFileSync(path))
    const zip = await readZip(bytes.length, memorySource(bytes).read, defaultLimits)
    const at = zip.byName.get('archive/data/500')?.headerOffset as number
    bytes[at + 30] = 0x41
    expect((await atADistance(bytes, 'large.pt')).report.unverified).toHaveLength(1)
    const checked = inspect(new Distance().source(bytes, 'large.pt'), { verify: true })
    await expect(checked).rejects.toMatchObject({ code: 'format/malformed', offset: at })
    await expect(atHand(bytes, 'large.pt')).rejects.toMatchObject({ code: 'format/malformed', offset: at })
  })

  it('is refused when the local header of what is read is another', async () => {
    const path = join(temporaryFolder(), 'large.pt')
    writeLargeTorchFile(path, 1_000, 1_000)
    const bytes = new Uint8Array(readFileSync(path))
    bytes[30] = 0x41
    await expect(atADistance(bytes, 'large.pt')).rejects.toMatchObject({
      code: 'format/malformed',
      offset: 0,
    })
  })

  it.each([
    [500, 1_000, 1],
    // The pickle is longer than the first read.
    [4_500, 100, 2],
  ])(
    'from before torch 1.6, of %d tensors of %d elements, is read in %d rounds',
    async (tensors, elements, rounds) => {
      const bytes = legacyTorchFile(tensors, elements)
      const expected = await atHand(bytes, 'old.pth')
      expect(expected.stateDicts[0]?.tensors).toHaveLength(tensors)
      const { far, report } = await atADistance(bytes, 'old.pth')
      const { unverified, ...rest } = report
      expect(JSON.stringify(rest)).toBe(JSON.stringify(expected))
      expect(far.rounds.length).toBe(rounds)
      expect(far.bytes).toBeLessThanOrEqual(bytes.length - (8 + 4 * elements) * tensors + mebibyte)
      expect(unverified).toEqual([
        { file: 'old.pth', what: 'storage-counts', count: tensors, bytes: 8 * tensors },
      ])

      const checked = new Distance()
      const verified = await inspect(checked.source(bytes, 'old.pth'), { verify: true })
      expect(JSON.stringify(verified)).toBe(JSON.stringify(expected))
      expect(checked.rounds.length).toBe(rounds + 1)
    },
  )
})

describe('pickles beside the one with the tensors, at a distance', () => {
  // GLOBAL os.system, called with one text.
  const pickle = (bytes: number) => `\x80\x02cos\nsystem\nX${length32(bytes)}${'x'.repeat(bytes)}\x85R.`
  const length32 = (bytes: number) => {
    const four = Buffer.alloc(4)
    four.writeUInt32LE(bytes)
    return four.toString('latin1')
  }
  const holding = async (members: readonly (readonly [name: string, bytes: number])[]) => {
    const file = new Uint8Array(readFileSync(new URL('torch/state_dict.pt', fixtures)))
    const zip = await readZip(file.length, memorySource(file).read, defaultLimits)
    const root = zip.entries[0]?.name.split('/')[0]
    const filler = (name: string) => ({ name: `${root}/extra/${name}`, data: Buffer.alloc(400_000) })
    return zipBytes([
      filler('before'),
      ...zip.entries.map(({ name, offset, bytes }) => ({
        name,
        data: file.subarray(offset, offset + bytes),
      })),
      ...members.map(([name, bytes]) => ({
        name: `${root}/extra/${name}`,
        data: Buffer.from(pickle(bytes), 'latin1'),
      })),
      filler('after'),
    ])
  }
  const systems = (report: Report) =>
    report.pickle?.imports.filter(({ name }) => name === 'os.system').map(({ within }) => within)

  it('are read in the same round when they are small, whatever they are called', async () => {
    const bytes = await holding([
      ['a.pkl', 10],
      ['b.pkl', 50_000],
      ['c', 10],
    ])
    const { far, report } = await atADistance(bytes, 'm.pt')
    const { unverified, ...rest } = report
    expect(rest).toEqual(await atHand(bytes, 'm.pt'))
    expect(systems(report)).toEqual(['extra/a.pkl', 'extra/b.pkl', 'extra/c'])
    expect(unverified?.map(({ what }) => what)).toEqual(['zip-local-headers'])
    expect(far.rounds.length).toBe(2)
  })

  it('are left when they are not, and said to be, and read when all is asked for', async () => {
    const bytes = await holding([
      ['a.pkl', 200_000],
      ['b', 200_000],
      ['c.pkl', 10],
    ])
    const { far, report } = await atADistance(bytes, 'm.pt')
    expect(systems(report)).toEqual(['extra/c.pkl'])
    expect(report.unverified).toMatchObject([
      { what: 'zip-local-headers' },
      { file: 'm.pt', what: 'pickles', count: 2, bytes: 2 * pickle(200_000).length },
    ])
    expect(far.rounds.length).toBe(2)

    const checked = new Distance()
    const verified = await inspect(checked.source(bytes, 'm.pt'), { verify: true })
    expect(verified).toEqual(await atHand(bytes, 'm.pt'))
    expect(systems(verified)).toEqual(['extra/a.pkl', 'extra/b', 'extra/c.pkl'])
    expect(checked.rounds.length).toBeLessThanOrEqual(5)
  })
})

describe.each(['torch/dcp', 'values/dcp'])('the distributed checkpoint %s at a distance', (folder) => {
  const files = filesOf(folder)
  const open = async (far: Distance, verify: boolean): Promise<Report> => {
    const place = far.place(files)
    return inspect(await place.open('.metadata'), { place, verify })
  }

  it('leaves the parts of its tensors, says so, and reads them together when they are asked for', async () => {
    const near = memoryPlace(files, 'far')
    const expected = await inspect(await near.open('.metadata'), { place: near })
    const far = new Distance()
    const { unverified, ...rest } = await open(far, false)
    expect(rest).toEqual(expected)
    expect(new Set(unverified?.map(({ what }) => what))).toEqual(new Set(['distributed-parts']))
    expect(far.rounds.length).toBeLessThanOrEqual(2)
    expect(far.closed).toBe(far.opened - 1)

    const checked = new Distance()
    expect(await open(checked, true)).toEqual(expected)
    expect(checked.rounds.length).toBeLessThanOrEqual(2)
  })
})
