import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { secondSaves } from '../../src/check/structure/second-saves.ts'
import { finding } from '../../src/findings/finding.ts'
import type { Finding } from '../../src/model/finding.ts'
import type { Report } from '../../src/model/report.ts'
import { type Entries, reportOf } from '../helpers/checkpoint.ts'
import { runCli } from '../helpers/run-cli.ts'
import { jsonBytes, vectorsFile } from '../helpers/shards.ts'

const root = mkdtempSync(join(tmpdir(), 'sdinspect-saves-'))
afterAll(() => rmSync(root, { recursive: true }))

const some: Entries = { 'a.weight': ['F32', [4, 2]], 'a.bias': ['F32', [4]] }

function save(name: string, entries: Entries = some): Report {
  const role = name.includes('.index.') ? 'index' : 'weights'
  return { ...reportOf(entries), path: name, files: [{ name: name.replace(/.*\//, ''), bytes: 1, role }] }
}

/** `file: rule message` of what is said of saves beside each other. */
function said(...reports: readonly (Report | null)[]): string[] {
  return [...secondSaves(reports)].map(
    ([at, { rule, message }]) =>
      `${reports[at]?.path}: ${rule} ${message.replace(/, and not this.*?([;:])/, '$1')}`,
  )
}

// The order of transformers 5.24 (modeling_utils.py, _get_resolved_checkpoint_files) and PEFT 0.21 (save_and_load.py).
test.each([
  ['model.safetensors', 'model.safetensors.index.json', 'transformers'],
  ['model.safetensors', 'pytorch_model.bin', 'transformers'],
  ['model.safetensors.index.json', 'pytorch_model.bin', 'transformers'],
  ['pytorch_model.bin', 'pytorch_model.bin.index.json', 'transformers'],
  ['model.safetensors.index.json', 'consolidated.safetensors', 'transformers'],
  ['pytorch_model.bin', 'original/consolidated.00.pth', 'transformers'],
  ['adapter_model.safetensors', 'adapter_model.bin', 'PEFT'],
])('%s is loaded, and not %s beside it', (loaded, other, loader) => {
  const found = said(save(`m/${other}`), save(`m/${loaded}`))
  expect(found).toEqual([
    expect.stringContaining(`m/${other}: folder/second-save ${loader} loads ${loaded};`),
  ])
})

test.each([
  ['a variant, which is loaded when it is named', 'm/model.safetensors', 'm/model.fp16.safetensors'],
  ['the save of another folder', 'm/model.safetensors', 'm/checkpoint-4/pytorch_model.bin'],
  ['an adapter', 'm/model.safetensors', 'm/adapter_model.safetensors'],
  ['a file of another name', 'm/model.safetensors', 'm/optimizer.pt'],
])('nothing is said of %s', (_, one, other) => {
  expect(said(save(one), save(other, { b: ['F32', [1]] }))).toEqual([])
})

test('a save that differs is of another time, and what differs is named', () => {
  const other: Entries = { 'a.weight': ['F32', [5, 2]], 'b.bias': ['F32', [4]] }
  expect(said(save('model.safetensors'), null, save('pytorch_model.bin', other))).toEqual([
    'pytorch_model.bin: folder/stale-save transformers loads model.safetensors: only here "b.bias"; only there "a.bias"; a tensor has another shape: "a.weight"',
  ])
  expect(
    said(save('model.safetensors'), save('consolidated.safetensors', { 'tok.weight': ['F32', [4]] })),
  ).toEqual([
    'consolidated.safetensors: folder/stale-save transformers loads model.safetensors: 4 parameters here, 12 there',
  ])
})

test('second names of a tensor, buffers and other types make no other save', () => {
  const ids: Entries = { ...some, 'embeddings.position_ids': ['I64', [1, 8]] }
  expect(said(save('model.safetensors'), save('pytorch_model.bin', ids))).toEqual([
    expect.stringContaining('folder/second-save'),
  ])
  const half: Entries = { 'a.weight': ['F16', [4, 2]], 'a.bias': ['F16', [4]] }
  expect(said(save('model.safetensors'), save('pytorch_model.bin', half))).toEqual([
    expect.stringContaining('in other types'),
  ])
})

test('check tells it of the file that is not loaded, at the level that was asked for', async () => {
  const write = (name: string, bytes: Uint8Array) => {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), bytes)
  }
  const map = { 'a.weight': 'model-00001-of-00001.safetensors' }
  write('m/model-00001-of-00001.safetensors', vectorsFile({ 'a.weight': 4 }))
  write('m/model.safetensors.index.json', jsonBytes({ metadata: { total_size: 4 }, weight_map: map }))
  write('m/model.safetensors', vectorsFile({ 'a.weight': 4, 'b.weight': 4 }))
  const run = (...flags: string[]) =>
    runCli(['check', join(root, 'm'), '--json', '--config', 'none', ...flags])
  const told = async (...flags: string[]) => {
    const { out } = await run(...flags)
    const { findings } = JSON.parse(out) as { findings: { rule: string; level: string; file: string }[] }
    return findings.filter(({ rule }) => rule.startsWith('folder/'))
  }
  expect(await told()).toMatchObject([
    { rule: 'folder/stale-save', level: 'warning', file: `${root}/m/model.safetensors.index.json` },
  ])
  expect(await told('--rule', 'folder/stale-save=error')).toMatchObject([{ level: 'error' }])
  expect(await told('--rule', 'folder/stale-save=off')).toEqual([])
})

test('the file that config.json names comes before those that are looked for', () => {
  const names: Finding = finding(
    'config/weights-file',
    { named: './other.safetensors', what: 'loaded' },
    { file: 'config.json', key: 'transformers_weights' },
  )
  const named = (name: string, entries?: Entries) => ({ ...save(name, entries), findings: [names] })
  expect(said(named('m/model.safetensors'), named('m/other.safetensors', { b: ['F32', [1]] }))).toEqual([
    'm/model.safetensors: folder/stale-save transformers loads other.safetensors: only here "a.weight" and "a.bias"; only there "b"',
  ])
  expect(said(named('m/model.safetensors'), named('m/other.safetensors'))).toEqual([
    expect.stringContaining('m/model.safetensors: folder/second-save transformers loads other.safetensors;'),
  ])
})
