import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../helpers/run-cli.ts'

/** A model whose file cannot say that `proto` is a buffer and `enc.scale` is frozen, and what the live model says. */
let folder: string
const model = {
  proto: { dtype: 'F32', shape: [9, 4] },
  'enc.scale': { dtype: 'F32', shape: [8] },
}
const live = {
  proto: { dtype: 'F32', shape: [9, 4], kind: 'buffer' },
  'enc.scale': { dtype: 'F32', shape: [8], kind: 'parameter', requires_grad: false },
}
let path: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'said-'))
  path = join(folder, 'model.json')
  writeFileSync(path, JSON.stringify(model))
  writeFileSync(join(folder, 'live.json'), JSON.stringify(live))
  writeFileSync(
    join(folder, 'policy.yaml'),
    'version: 1\nkinds: {buffer: [proto]}\noverrides: [{files: [model.json], kinds: {frozen: [enc.**]}}]\n',
  )
})
afterAll(() => rmSync(folder, { recursive: true }))

const manifest = () => ['--manifest', join(folder, 'live.json')]
const policy = () => ['--config', join(folder, 'policy.yaml')]
const flags = () => ['--buffer', 'proto', '--frozen', 'enc.**', '--config', 'none']

describe.each([
  ['flags', flags],
  ['a manifest', manifest],
  ['the policy', policy],
])('what is said by %s', (_, said) => {
  it.each([
    ['inspect', '"buffers": {"tensors":1,"elements":36,'],
    ['ls', '"kindReason":"by you'],
    ['params', '"trainableReason":"by you'],
    ['buffers', '"kindReason":"by you'],
    ['tree', '"parameters":8,"buffers":36,'],
  ])('is what %s shows', async (command, shown) => {
    const { out, code } = await runCli([command, path, '-f', 'json', ...said()])
    expect(code).toBe(0)
    expect(out).toContain(shown)
  })

  it('is what check, lock and diff go by', async () => {
    const checked = await runCli(['check', path, '-f', 'json', ...said()])
    expect(checked.code).toBe(0)
    const lock = join(folder, `${Math.random()}.lock`)
    const locked = await runCli(['lock', path, '--lock-file', lock, ...said()])
    expect(locked.code).toBe(0)
    expect((await runCli(['lock', '--check', path, '--lock-file', lock, ...said()])).code).toBe(0)
    const unsaid = await runCli(['diff', lock, path, '--config', 'none', '-f', 'json'])
    const same = await runCli(['diff', lock, path, '-f', 'json', ...said()])
    expect([unsaid.code, same.code]).toEqual([0, 0])
    expect(JSON.parse(same.out).same).toBe(true)
    expect(same.out).not.toBe(unsaid.out)
  })

  it('is a claim that why shows, with nothing left to add', async () => {
    const { out } = await runCli(['why', path, 'proto', ...said()])
    expect(out).toContain('buffer     declared')
    expect(out).not.toContain('--parameter')
  })
})

describe('why', () => {
  it('says what to add where the file does not say', async () => {
    const { out } = await runCli(['why', path, 'proto', '--config', 'none'])
    expect(out).toContain('--buffer \'proto\' or --parameter; in sdinspect.yaml kinds: {buffer: ["proto"]}')
  })
})

describe('--manifest', () => {
  it('must lead to something that declares', async () => {
    const { code, err } = await runCli(['ls', path, '--manifest', path])
    expect(code).toBe(2)
    expect(err).toContain('declares nothing of any tensor')
  })
})
