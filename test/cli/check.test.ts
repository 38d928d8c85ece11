import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../helpers/run-cli.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sdinspect-check-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const good = [
  'bart-sharded',
  'bert',
  'cnn.safetensors',
  'gpt2-sharded',
  'gptq',
  'kohya_lora.safetensors',
  'lora',
  'vit-bf16.safetensors',
].map((name) => `fixtures/${name}`)

describe('sdinspect check', () => {
  test('finds nothing in good checkpoints, and says so in a line', async () => {
    const { code, out, err } = await runCli(['check', ...good])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(
      /^✔ no findings in 8 checkpoints, 4\d\d tensors · \d+ rules asked, \d+ skipped: .*\n$/,
    )
  })

  test('exits with 1 for a file that is cut off, and names the rule', async () => {
    const path = join(folder, 'cut.safetensors')
    await writeFile(path, (await readFile('fixtures/cnn.safetensors')).subarray(0, 2_000))
    const { code, out, err } = await runCli(['check', path])
    expect([code, err]).toEqual([1, ''])
    expect(out).toContain('✖ error  format/valid')
    expect((await runCli(['check', path, '--exit-zero'])).code).toBe(0)
    expect((await runCli(['check', path, '--fail-on', 'never'])).code).toBe(0)
  })

  test('exits with 2 where there is no verdict, whatever else is found', async () => {
    const cut = join(folder, 'cut.safetensors')
    const { code, out, err } = await runCli(['check', cut, join(folder, 'nowhere.safetensors')])
    expect(code).toBe(2)
    expect(err).toContain('nowhere.safetensors')
    expect(out).toContain('no verdict on 1 of 2 checkpoints')
    expect((await runCli(['check', join(folder, 'nowhere'), '--exit-zero'])).code).toBe(2)
    expect((await runCli(['check', 'fixtures/cnn.safetensors', '--limit', 'tensors=1'])).code).toBe(2)
  })

  test('says in JSON what was found, in what, and what was not looked at', async () => {
    const path = join(folder, 'pointer.safetensors')
    await writeFile(path, 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 10\n')
    const { code, out } = await runCli(['check', '--json', path, 'fixtures/cnn.safetensors'])
    const answer = JSON.parse(out)
    expect(code).toBe(1)
    expect(answer.status).toBe('fail')
    expect(answer.findings).toHaveLength(1)
    expect(answer.findings[0]).toMatchObject({
      rule: 'file/not-a-pointer',
      level: 'error',
      path,
      tensor: null,
      suppressed: null,
      fix: 'fetch the file with: git lfs pull',
    })
    expect(answer.summary).toMatchObject({ errors: 1, warnings: 0, infos: 0, suppressed: 0 })
    expect(answer.summary.coverage).toMatchObject({
      checkpoints: 2,
      unreadable: 0,
      tensors: 92,
      valuesRead: false,
    })
  })

  test('takes levels of rules, and refuses rules that do not exist', async () => {
    const path = join(folder, 'cut.safetensors')
    expect((await runCli(['check', path, '--rule', 'format/valid=warning'])).code).toBe(0)
    expect(
      (await runCli(['check', path, '--rule', 'format/valid=warning', '--max-warnings', '0'])).code,
    ).toBe(1)
    const { code, err } = await runCli(['check', path, '--rule', 'format/valdi=off'])
    expect([code, err]).toEqual([
      2,
      'sdinspect: --rule: there is no rule "format/valdi"\n  hint: did you mean format/valid?\n',
    ])
  })
})

describe('sdinspect explain', () => {
  test('tells all there is of a rule', async () => {
    const { code, out } = await runCli(['explain', 'index/missing-shard'])
    expect(code).toBe(0)
    for (const part of ['holds', 'why', 'case', 'fix', 'suppress', 'sgl-project/sglang'])
      expect(out).toContain(part)
  })

  test('lists every rule, and guesses at a slip', async () => {
    expect((await runCli(['explain'])).out.split('\n').length).toBeGreaterThan(25)
    const { code, err } = await runCli(['explain', 'shards/incomplet'])
    expect([code, err]).toEqual([
      2,
      'sdinspect: there is no rule "shards/incomplet"\n  hint: did you mean shards/incomplete?\n',
    ])
  })
})
