import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rules } from '../../src/check/all-rules.ts'
import { flags } from '../../src/cli/arguments/flags.ts'
import { commands } from '../../src/cli/commands/index.ts'
import { runCli } from '../helpers/run-cli.ts'
import { vectorsFile } from '../helpers/shards.ts'

const program = fileURLToPath(new URL('../../bin/sdinspect.js', import.meta.url))
const model = 'model.safetensors'

const shells = ['bash', 'zsh', 'fish', 'pwsh'] as const
const scriptFor = async (shell: string): Promise<string> => (await runCli(['completion', shell])).out

/** Whether a shell is on this machine. */
const has = (shell: string): boolean => spawnSync(shell, ['--version']).error === undefined

describe('completion', () => {
  for (const shell of shells)
    it(`names every command and every flag in ${shell}`, async () => {
      const script = await scriptFor(shell)
      for (const { name } of commands) expect(script).toContain(name)
      for (const { long } of Object.values(flags))
        expect(script).toContain(shell === 'fish' ? `-l ${long.slice(2)}` : long)
    })

  for (const shell of shells)
    it(`offers the rules to explain, and to set the level of, in ${shell}`, async () => {
      const script = await scriptFor(shell)
      const ids = rules.map(({ id }) => id)
      const list = shell === 'pwsh' ? ids.map((id) => `'${id}'`).join(', ') : ids.join(' ')
      expect(script.split(list).length - 1).toBeGreaterThanOrEqual(2)
    })

  it('refuses a shell it does not know', async () => {
    expect(await runCli(['completion', 'tcsh'])).toMatchObject({ code: 2, out: '' })
  })

  for (const shell of ['zsh', 'fish'].filter(has))
    it(`is a script ${shell} can read`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'completion-'))
      const file = join(folder, 'script')
      writeFileSync(file, await scriptFor(shell))
      // By its path: fish reads no script from a pipe that is not its terminal's.
      execFileSync(shell, ['-n', file])
      rmSync(folder, { recursive: true })
    })
})

describe.runIf(has('bash'))('completion in bash', () => {
  let folder = ''
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sdinspect-completion-'))
    writeFileSync(join(folder, 'script'), await scriptFor('bash'))
    writeFileSync(join(folder, 'with space.pt'), '')
    const names = Array.from({ length: 12 }, (_, i) => [`layers.${i}.weight`, `layers.${i}.bias`]).flat()
    const hostile = ['$(touch x)', '`x`', 'a b.c', '-rf', 'x;y.z', '\u001b[2Jm', '~root']
    writeFileSync(
      join(folder, model),
      vectorsFile(Object.fromEntries(['embed.weight', ...names, ...hostile].map((name) => [name, 2]))),
    )
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  /** What bash offers for a line, whose last word is the one being typed. */
  const offers = (...words: string[]): string[] => {
    const line = ['sdinspect', ...words].map((word) => `'${word}'`).join(' ')
    const code = `sdinspect() { '${process.execPath}' '${program}' "$@"; }; source ./script; COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _sdinspect; printf '%s\\n' "\${COMPREPLY[@]}"`
    return execFileSync('bash', ['--norc', '-c', code], { cwd: folder, encoding: 'utf8' })
      .split('\n')
      .filter(Boolean)
  }

  it('offers commands and files for the first word', () => {
    const files = ['model.safetensors', 'script', 'with space.pt']
    expect(offers('').sort()).toEqual([...commands.map(({ name }) => name), ...files].sort())
    expect(offers('bu')).toEqual(['buffers'])
    expect(offers('mod')).toEqual(['model.safetensors'])
  })

  it('offers the flags of the command, and of the default one', () => {
    expect(offers('ls', '--so')).toEqual(['--sort'])
    expect(offers('why', '--so')).toEqual([])
    expect(offers('--de')).toEqual(['--depth'])
    expect(offers('model.safetensors', '--js')).toEqual(['--json'])
  })

  it('offers the values a flag takes in that command', () => {
    expect(offers('ls', '--sort', '')).toEqual(['name', 'order', 'params', 'bytes'])
    expect(offers('-f', 'c')).toEqual(['csv'])
    expect(offers('tree', '-f', 'c')).toEqual([])
    expect(offers('schema', '')).toEqual(['report', 'check', 'diff', 'stats', 'lock', 'policy'])
    expect(offers('completion', 'z')).toEqual(['zsh'])
  })

  it('offers names of the checkpoint on the line, a segment at a time', () => {
    expect(offers('ls', model, '--keep', 'layers.1')).toEqual(['layers.1.', 'layers.10.', 'layers.11.'])
    expect(offers('ls', model, '--keep', 'layers.1.')).toEqual(['layers.1.weight', 'layers.1.bias'])
    expect(offers(model, '--color', 'never', '-x', 'e')).toEqual(['embed.'])
    expect(offers('why', model, 'embed.')).toEqual(['embed.weight'])
    expect(offers('why', 'mod')).toEqual(['model.safetensors'])
  })

  it('offers the state dicts of a file, and the tensors of the one that is asked for', () => {
    const several = join(process.cwd(), 'fixtures/torch/with_optimizer.pt')
    expect(offers('ls', several, '--at', '')).toEqual(['model', 'optimizer'])
    expect(offers('ls', '--at', 'model', several, '-k', 'stem.1.run')).toEqual([
      'stem.1.running_mean',
      'stem.1.running_var',
    ])
  })

  it('offers no name that a shell would read as more than a word, and nothing of what cannot be read', () => {
    expect(offers('ls', model, '--keep', '')).toEqual(['embed.', 'layers.'])
    expect(offers('ls', 'with space.pt', '--keep', '')).toEqual([])
    expect(offers('ls', 'https://example.com/model.safetensors', '--keep', '')).toEqual([])
    expect(offers('ls', 'hf://org/model', '--at', '')).toEqual([])
  })

  it('offers the safety limits', () => {
    expect(offers('ls', '--limit', 'header')).toEqual(['headerBytes='])
  })

  it('offers files where a flag takes one, spaces and all', () => {
    expect(offers('ls', '-o', 'wi')).toEqual(['with space.pt'])
    expect(offers('ls', 'mod')).toEqual(['model.safetensors'])
  })
})
