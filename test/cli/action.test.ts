import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'

interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>
  readonly outputs: Readonly<Record<string, { readonly description: string }>>
  readonly runs: { readonly using: string; readonly main: string }
}

const action = parse(readFileSync('action.yml', 'utf8')) as Action
const root = process.cwd()

let workspace: string
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'sdinspect-action-'))
  mkdirSync(join(workspace, 'temp'))
  cpSync('fixtures/cnn.safetensors', join(workspace, 'cnn.safetensors'))
})
afterEach(() => rmSync(workspace, { recursive: true, force: true }))

/** Runs the action as the runner does: its main file, in the workspace, with inputs and files in the environment. */
function runStep(
  inputs: Readonly<Record<string, string>>,
  place = root,
  folder = '.',
): {
  code: number | null
  log: string
  summary: string
  outputs: Record<string, string>
} {
  const all = Object.entries(action.inputs).map(([name, { default: value }]) => [name, inputs[name] ?? value])
  const env = {
    PATH: process.env.PATH,
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: workspace,
    GITHUB_OUTPUT: join(workspace, 'temp', 'output'),
    GITHUB_STEP_SUMMARY: join(workspace, 'temp', 'summary'),
    RUNNER_TEMP: join(workspace, 'temp'),
    // actions/toolkit: spaces become underscores, letters capitals, and nothing else changes.
    ...Object.fromEntries(
      all.map(([name, value]) => [`INPUT_${(name as string).replaceAll(' ', '_').toUpperCase()}`, value]),
    ),
  }
  for (const file of [env.GITHUB_OUTPUT, env.GITHUB_STEP_SUMMARY]) writeFileSync(file, '')
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(place, action.runs.main)], {
    cwd: join(workspace, folder),
    env,
    encoding: 'utf8',
  })
  return {
    code: status,
    log: stdout + stderr,
    summary: readFileSync(env.GITHUB_STEP_SUMMARY, 'utf8'),
    outputs: readOutputs(readFileSync(env.GITHUB_OUTPUT, 'utf8')),
  }
}

/** `NAME<<END`, the value, `END`. */
function readOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {}
  const lines = text.split('\n')
  for (let at = 0; at < lines.length - 1; ) {
    const [name, end] = (lines[at] as string).split('<<')
    const close = lines.indexOf(end as string, at + 1)
    outputs[name as string] = lines.slice(at + 1, close).join('\n')
    at = close + 1
  }
  return outputs
}

describe('the GitHub Action', () => {
  test('passes a good checkpoint, with a summary and numbers for later steps', () => {
    const { code, log, summary, outputs } = runStep({ paths: 'cnn.safetensors\n' })
    expect([code, log]).toEqual([0, expect.stringContaining('✔ no findings in 1 checkpoint')])
    expect(log).not.toContain('::error')
    expect(summary).toMatch(/^### sdinspect check: ✅ passed/)
    expect(outputs).toMatchObject({ 'exit-code': '0', status: 'pass', errors: '0', parameters: '469688' })
    expect(JSON.parse(readFileSync(outputs.report as string, 'utf8')).command).toBe('check')
  })

  test('fails a bad one, annotates it, and writes SARIF', () => {
    writeFileSync(join(workspace, 'a.safetensors'), 'version https://git-lfs.github.com/spec/v1\n')
    const { code, log, summary, outputs } = runStep({
      paths: 'a.safetensors\ncnn.safetensors',
      'sarif-file': 'out.sarif',
    })
    expect(code).toBe(1)
    expect(log).toMatch(/^::error file=a\.safetensors,title=sdinspect file\/not-a-pointer::/m)
    expect(summary).toContain('❌ failed')
    expect(outputs).toMatchObject({
      'exit-code': '1',
      status: 'fail',
      errors: '1',
      'sarif-file': 'out.sarif',
    })
    expect(JSON.parse(readFileSync(join(workspace, 'out.sarif'), 'utf8')).version).toBe('2.1.0')
  })

  test('takes its policy, its threshold and further flags from the inputs', () => {
    cpSync('fixtures/torch/ddp.pt', join(workspace, 'ddp.pt'))
    writeFileSync(join(workspace, 'p.yaml'), 'version: 1\npaths: [ddp.pt]\n')
    expect(runStep({ config: 'p.yaml' }).code).toBe(0)
    expect(runStep({ config: 'p.yaml', 'fail-on': 'warning' }).code).toBe(1)
    const args = '--rule\ncontents/prefix=off'
    expect(runStep({ config: 'p.yaml', 'fail-on': 'warning', args }).code).toBe(0)
    const quiet = runStep({ config: 'p.yaml', 'fail-on': 'warning', annotations: 'false', summary: 'false' })
    expect([quiet.summary, quiet.log.includes('::warning')]).toEqual(['', false])
  })

  test('names files from the root of the repository, whatever folder the step runs in', () => {
    mkdirSync(join(workspace, 'sub'))
    writeFileSync(join(workspace, 'sub', 'a.safetensors'), 'version https://git-lfs.github.com/spec/v1\n')
    const { log } = runStep({ paths: 'a.safetensors', 'sarif-file': 'out.sarif' }, root, 'sub')
    expect(log).toMatch(/^::error file=sub\/a\.safetensors,/m)
    const [run] = JSON.parse(readFileSync(join(workspace, 'sub', 'out.sarif'), 'utf8')).runs
    expect(run.results[0].locations[0].physicalLocation.artifactLocation.uri).toBe('sub/a.safetensors')
  })

  test('has no verdict where the inputs make no sense, and says so', () => {
    const { code, log, outputs } = runStep({ paths: 'nowhere.safetensors' })
    expect([code, outputs['exit-code'], outputs.status]).toEqual([2, '2', 'error'])
    expect(log).toContain('nowhere.safetensors')
    expect(runStep({ 'fail-on': 'sometimes' }).code).toBe(2)
    expect(runStep({}).code).toBe(2)
  })

  test('needs nothing but what a release adds to the repository', () => {
    const release = readFileSync('.github/workflows/release.yml', 'utf8')
    const added = /git add --force (.*)/.exec(release)?.[1]?.split(' ') ?? []
    const place = join(workspace, 'released')
    for (const name of added) cpSync(join(root, name), join(place, name))
    expect(added).toContain(action.runs.main)
    expect(runStep({ paths: 'cnn.safetensors' }, place).code).toBe(0)
  })

  test('lets no input become a flag or an output', () => {
    const { code, outputs } = runStep({ paths: '--help\n-o\nx' })
    expect(code).toBe(2)
    expect(Object.keys(outputs)).toEqual(expect.arrayContaining(['exit-code']))
    expect(existsSync(join(workspace, 'x'))).toBe(false)
  })

  test('says of every input and output what it is, and runs on the Node that GitHub has', () => {
    for (const { description } of [...Object.values(action.inputs), ...Object.values(action.outputs)])
      expect(description.length).toBeGreaterThan(10)
    expect(action.runs.using).toBe('node24')
    const { outputs } = runStep({ paths: 'cnn.safetensors', 'sarif-file': 'x.sarif' })
    expect(Object.keys(outputs).sort()).toEqual(Object.keys(action.outputs).sort())
  })
})

describe('the pre-commit hooks', () => {
  const hooks = parse(readFileSync('.pre-commit-hooks.yaml', 'utf8')) as readonly {
    readonly id: string
    readonly entry: string
    readonly files: string
    readonly require_serial: boolean
    readonly pass_filenames?: boolean
  }[]

  test('see all shards of a model at once', () => {
    for (const hook of hooks) expect(hook.require_serial).toBe(true)
  })

  test('run commands that exist, on the files they are about', () => {
    const run = (entry: string, files: readonly string[]) =>
      spawnSync(process.execPath, [join(root, 'bin/sdinspect.js'), ...entry.split(' ').slice(1), ...files], {
        cwd: workspace,
        encoding: 'utf8',
      })
    cpSync('fixtures/torch/state_dict.pt', join(workspace, 'state.pt'))
    writeFileSync(join(workspace, 'sdinspect.yaml'), 'version: 1\npaths: [cnn.safetensors]\n')
    const verdicts = hooks.map(({ id, entry, files, pass_filenames: passes }) => {
      const matching = ['cnn.safetensors', 'state.pt'].filter((name) => new RegExp(files).test(name))
      return [id, run(entry, passes === false ? [] : matching).status]
    })
    expect(verdicts).toEqual([
      ['sdinspect-check', 0],
      ['sdinspect-no-pickle', 1],
      ['sdinspect-policy', 0],
    ])
  })
})
