import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runCli } from '../helpers/run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'sdinspect-absolute-'))
afterAll(() => rmSync(folder, { recursive: true }))
mkdirSync(join(folder, 'models'))
mkdirSync(join(folder, 'policies'))
const model = join(folder, 'models/cnn.safetensors')
copyFileSync('fixtures/cnn.safetensors', model)
writeFileSync(join(folder, 'models/note.onnx'), 'none')

const file = join(folder, 'policies/sdinspect.yaml')
async function check(text: string) {
  writeFileSync(file, `version: 1\n${text}\n`)
  const { code, out } = await runCli(['check', join(folder, 'models'), '--config', file, '--json'])
  const { findings, left } = JSON.parse(out) as {
    findings: { rule: string }[]
    left: { path: string; why: string }[]
  }
  return { code, rules: findings.map(({ rule }) => rule), left: left.map(({ why }) => why) }
}

test.each([
  ['relative', '../models'],
  ['absolute', join(folder, 'models')],
])('patterns of a policy may be %s', async (_, models) => {
  const { code, rules, left } = await check(
    `overrides: [{ files: ["${models}/cnn.*"], counts: { tensors: 1 } }]
leaveOut: [{ files: ["${models}/*.onnx"], reason: made elsewhere }]`,
  )
  expect({ code, rules, left }).toEqual({
    code: 1,
    rules: ['counts/tensors'],
    left: [expect.stringContaining('made elsewhere')],
  })
  const { rules: none } = await check(`overrides: [{ files: ["${models}/other.*"], counts: { tensors: 1 } }]
leaveOut: [{ files: ["${models}/*.onnx"], reason: made elsewhere }]`)
  expect(none).toEqual([])
})

test('init writes an absolute path as it is given', async () => {
  const written = join(folder, 'policies/learnt.yaml')
  await runCli(['init', model, '-o', written])
  expect(readFileSync(written, 'utf8')).toContain(`paths: ["${model}"]`)
  expect((await runCli(['check', '--config', written])).code).toBe(0)
})
