import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { extendedPolicy } from '../../src/check/policy/extended-policy.ts'
import { parsePolicy } from '../../src/cli/files/policy-document.ts'
import { readPolicy } from '../../src/cli/files/policy-file.ts'
import { runCli } from '../helpers/run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'sdinspect-extends-'))
afterAll(() => rmSync(folder, { recursive: true }))

function written(files: Readonly<Record<string, string>>): string {
  const at = mkdtempSync(join(folder, 'p'))
  mkdirSync(join(at, 'team'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(at, name), `version: 1\n${text}\n`)
  return at
}

const both = extendedPolicy(
  parsePolicy(
    `version: 1
rules: { contents/prefix: error, security/no-pickle: error }
tensors:
  - { match: "**", dtype: F32 }
counts: { tensors: 3 }
lock: a.lock
kinds: { buffer: ["**.inv_freq"] }
suppress:
  - { rule: config/width, reason: known }`,
    'base.yaml',
  ),
  parsePolicy(
    `version: 1
extends: base.yaml
rules: { contents/prefix: "off" }
tensors:
  - { match: "**.head", dtype: BF16 }
counts: { buffers: 0 }
kinds: { buffer: ["**.mask"] }`,
    'own.yaml',
  ),
)

describe('a policy that extends another', () => {
  test('has what the base says before what it says itself, which wins', () => {
    expect(both.policy).toMatchObject({
      rules: { 'contents/prefix': 'off', 'security/no-pickle': 'error' },
      tensors: [
        { match: '**', dtype: 'F32' },
        { match: '**.head', dtype: 'BF16' },
      ],
      counts: { tensors: 3, buffers: 0 },
      kinds: { buffer: ['**.inv_freq', '**.mask'] },
      lock: 'a.lock',
      suppress: [{ rule: 'config/width', reason: 'known' }],
    })
  })

  test.each([
    [['tensors', 0], 'base.yaml', 4],
    [['tensors', 1], 'own.yaml', 5],
    [['counts', 'tensors'], 'base.yaml', 5],
    [['counts', 'buffers'], 'own.yaml', 6],
    [['rules', 'contents/prefix'], 'own.yaml', 3],
    [['rules', 'security/no-pickle'], 'base.yaml', 2],
    [['lock'], 'base.yaml', 6],
    [['kinds', 'buffer', 0], 'base.yaml', 7],
    [['kinds', 'buffer', 1], 'own.yaml', 7],
    [['suppress', 0, 'rule'], 'base.yaml', 9],
  ] as const)('says where %j stands', (path, file, line) => {
    expect(both.placeOf(path)).toMatchObject({ file, line })
  })

  test('reads files relative to each, in their order, and sdinspect:strict among them', async () => {
    const at = written({
      'sdinspect.yaml': 'extends: [sdinspect:strict, team/a.yaml, team/b.yaml]\ncounts: { tensors: 3 }',
      'team/a.yaml': 'extends: c.yaml\ncounts: { tensors: 1, buffers: 1 }',
      'team/b.yaml': 'counts: { tensors: 2, buffers: 2 }',
      'team/c.yaml': 'forbidden: ["**.c"]',
    })
    const read = await readPolicy(join(at, 'sdinspect.yaml'))
    expect(read?.document.policy).toMatchObject({
      extends: expect.arrayContaining(['sdinspect:strict']),
      counts: { tensors: 3, buffers: 2 },
      forbidden: ['**.c'],
    })
    expect(read?.files).toEqual(
      ['sdinspect.yaml', 'team/a.yaml', 'team/c.yaml', 'team/b.yaml'].map((name) => join(at, name)),
    )
  })

  test.each([
    [{ 'sdinspect.yaml': 'extends: sdinspect.yaml' }, /sdinspect\.yaml:2:1: "sdinspect\.yaml" extends this/],
    [
      { 'sdinspect.yaml': 'extends: team/a.yaml', 'team/a.yaml': 'extends: ../sdinspect.yaml' },
      /team\/a\.yaml:2:1: "\.\.\/sdinspect\.yaml" extends this policy in turn/,
    ],
    [{ 'sdinspect.yaml': 'extends: nowhere.yaml' }, /the policy .*nowhere\.yaml cannot be read/],
    [{ 'sdinspect.yaml': 'extends: team' }, /cannot be read: it is a folder/],
    [{ 'sdinspect.yaml': 'extends: sdinspect:other' }, /sdinspect\.yaml:2:1: /],
    [{ 'sdinspect.yaml': 'extends: team/a.yaml', 'team/a.yaml': 'counts: 3' }, /team\/a\.yaml:2:/],
  ])('is refused where it leads to none: %j', async (files, message) => {
    const at = written(files as unknown as Record<string, string>)
    await expect(readPolicy(join(at, 'sdinspect.yaml'))).rejects.toMatchObject({
      code: 'usage/policy',
      message: expect.stringMatching(message),
    })
  })

  test('is held, and its base is never written over', async () => {
    const at = written({
      'sdinspect.yaml': 'extends: team/a.yaml',
      'team/a.yaml': 'forbidden: ["fc.*"]',
    })
    const policy = join(at, 'sdinspect.yaml')
    const base = join(at, 'team/a.yaml')
    const found = await runCli(['check', 'fixtures/cnn.safetensors', '--config', policy])
    expect([found.code, found.out]).toEqual([1, expect.stringContaining('a.yaml:2:13')])
    const over = await runCli(['check', 'fixtures/cnn.safetensors', '--config', policy, '-o', base])
    expect([over.code, over.err]).toEqual([2, expect.stringContaining('is a file that this run reads')])
  })
})
