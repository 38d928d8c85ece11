import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { inspectPath, open } from '../../../src/node.ts'
import { packedFiles } from '../../helpers/packed-files.ts'
import { runCli } from '../../helpers/run-cli.ts'

// fixtures/generate/together.py: a model, its optimizer and the rest of a training in one dict. What is expected was counted, and
// hashed as docs/digest.md has it, by torch.

const files = packedFiles(new URL('../../../fixtures/torch/together.bin.br', import.meta.url))
const truth = JSON.parse(Buffer.from(files.get('truth.json') as Uint8Array).toString()) as {
  names: string[]
  parameters: number
  buffers: number
  states: number
  digest: string
  one: string
}
const folder = mkdtempSync(join(tmpdir(), 'sdinspect-together-'))
for (const [name, bytes] of files) {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), bytes)
}
afterAll(() => rmSync(folder, { recursive: true }))

/** Paths of the model, in which its names may begin with the keys of the dicts around it, and roles of the other state dicts. */
const saved: readonly (readonly [file: string, within: string, others: Record<string, string>])[] = [
  ['beside.pt', '', { ema: 'ema', optimizer: 'optimizer', train_state: 'other' }],
  ['flat.pt', '', { optimizer: 'optimizer', train_state: 'other' }],
  ['pairs.pt', '', {}],
  ['dcp-app.pt', '', { 'app.optim': 'optimizer' }],
  ['dcp-flat.pt', '', { optimizer: 'optimizer', train_state: 'other' }],
  ['dcp/app', 'app.model.', { 'app.optim': 'optimizer' }],
  [
    'dcp/nested',
    'state.model.',
    { 'state.optimizer': 'optimizer', 'state.ema': 'ema', '(loose tensors)': 'other' },
  ],
  ['dcp/flat', 'model.', { optimizer: 'optimizer', train_state: 'other' }],
  ['dcp/beside', '', { optimizer: 'optimizer', train_state: 'other' }],
  ['dcp/plain', '', {}],
]

describe.each(saved)('%s', (file, within, others) => {
  test('holds a model, and counts nothing else as its own', async () => {
    const [model, ...rest] = (await inspectPath(join(folder, file))).stateDicts
    expect(model?.role).toBe('model')
    const names = model?.tensors.map(({ name }) => name) ?? []
    expect([...names].sort()).toEqual(truth.names.map((name) => within + name).sort())
    expect(model?.totals.parameters.elements).toBe(truth.parameters)
    expect(model?.totals.buffers.elements).toBe(truth.buffers)
    expect(Object.fromEntries(rest.map(({ path, role }) => [path, role]))).toEqual(others)
    const optimizer = rest.find(({ role }) => role === 'optimizer')
    expect(optimizer?.tensors.length ?? truth.states).toBe(truth.states)
  })

  test('tells what the optimizer holds state for', async () => {
    if (!Object.values(others).includes('optimizer')) return
    const [model] = (await inspectPath(join(folder, file))).stateDicts
    for (const { name, kind, trainable, trainableLevel } of model?.tensors ?? [])
      if (kind === 'parameter') expect([name, trainable, trainableLevel]).toEqual([name, 'yes', 'recognised'])
  })

  test('has the digest of the weights', async () => {
    const { out } = await runCli(['digest', join(folder, file)])
    expect(out.split(' ')[0]).toBe(truth.digest)
  })
})

test('what an optimizer keeps in a flat file is neither parameter nor buffer', async () => {
  const [model] = (await inspectPath(join(folder, 'flat-beside.pt'))).stateDicts
  expect(model?.totals.parameters.elements).toBe(truth.parameters)
  expect(model?.totals.buffers.elements).toBe(truth.buffers)
  expect(model?.tensors.length).toBe(truth.names.length + truth.states)
})

test('a distributed tensor of which one process has all has the digest of the tensor, and a summand has not', async () => {
  const digestOf = async (file: string) => (await runCli(['digest', join(folder, file)])).out.split(' ')[0]
  expect(await digestOf('replicated.pt')).toBe(truth.one)
  expect(await digestOf('sharded.pt')).toBe(truth.one)
  expect(await digestOf('partial.pt')).toMatch(/^[0-9a-f]{64}$/)
  expect(await digestOf('partial.pt')).not.toBe(truth.one)
})

test('a key that holds an optimizer is one that the model does not have', async () => {
  const { out } = await runCli(['diff', join(folder, 'beside.pt'), join(folder, 'flat.pt')])
  expect(out).toMatch(/Unexpected key\(s\)[^\n]*"optimizer"/)
})

describe('check --values compares the checksums of what is inside', () => {
  test('folders of torch.distributed, whose files are archives one after another', async () => {
    const { code, out } = await runCli(['check', join(folder, 'dcp/plain'), '--values'])
    expect([code, out]).toEqual([0, expect.stringContaining('✔')])
    const { out: skipped } = await runCli(['check', join(folder, 'dcp/plain'), '--json'])
    expect(JSON.parse(skipped).checkpoints[0].skipped.map(({ rule }: { rule: string }) => rule)).toContain(
      'zip/checksum',
    )
  })

  test('of which one is not as it was written', async () => {
    const bytes = Buffer.from(files.get('dcp/plain/__0_0.distcp') as Uint8Array)
    const { offset, name } = await firstValues('dcp/plain')
    bytes[offset] = (bytes[offset] as number) ^ 1
    mkdirSync(join(folder, 'flipped'))
    writeFileSync(join(folder, 'flipped/.metadata'), files.get('dcp/plain/.metadata') as Uint8Array)
    writeFileSync(join(folder, 'flipped/__0_0.distcp'), bytes)
    const { code, out } = await runCli(['check', join(folder, 'flipped'), '--values', '--json'])
    const { findings } = JSON.parse(out)
    expect(code).toBe(1)
    expect(findings).toMatchObject([{ rule: 'zip/checksum', file: expect.stringMatching(/__0_0\.distcp$/) }])
    expect(findings[0].message).toContain(`${name}: `)
  })

  test('a tar archive, whose member has them', async () => {
    const path = 'fixtures/torch/tar/pax.nemo'
    const checkpoint = await open(path)
    const [first] = checkpoint.report.stateDicts[0]?.tensors ?? []
    const windows = checkpoint.values(first?.name as string)
    const { value } = await windows.next()
    const own = Buffer.from(value?.bytes as Uint8Array)
    await windows.return(undefined)
    await checkpoint.close()
    const bytes = readFileSync(path)
    const at = bytes.indexOf(own)
    expect(at).toBeGreaterThan(0)
    bytes[at] = (bytes[at] as number) ^ 1
    writeFileSync(join(folder, 'flipped.nemo'), bytes)
    expect((await runCli(['check', path, '--values'])).code).toBe(0)
    const { code, out } = await runCli(['check', join(folder, 'flipped.nemo'), '--values'])
    expect([code, out]).toEqual([1, expect.stringContaining('zip/checksum')])
  })
})

/** Where the values of the first tensor are that a folder has. */
async function firstValues(name: string): Promise<{ offset: number; name: string }> {
  const bytes = Buffer.from(files.get(`${name}/__0_0.distcp`) as Uint8Array)
  const checkpoint = await open(join(folder, name))
  try {
    const weight = checkpoint.report.stateDicts[0]?.tensors.find(({ shape }) => shape.length === 2)
    const windows = checkpoint.values(weight?.name as string)
    const { value } = await windows.next()
    const own = Buffer.from(value?.bytes as Uint8Array)
    await windows.return(undefined)
    return { offset: bytes.indexOf(own), name: weight?.name as string }
  } finally {
    await checkpoint.close()
  }
}
