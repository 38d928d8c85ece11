import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rules } from '../../src/check/all-rules.ts'
import { flags } from '../../src/cli/arguments/flags.ts'
import { commands } from '../../src/cli/commands/index.ts'
import { runCli } from '../helpers/run-cli.ts'
import { vectorsFile } from '../helpers/shards.ts'
import { hasShell, offersOf, testedShells } from '../helpers/shell-offers.ts'

const model = 'model.safetensors'

const shells = ['bash', 'zsh', 'fish', 'pwsh'] as const
const scriptFor = async (shell: string): Promise<string> => (await runCli(['completion', shell])).out

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

  for (const shell of ['zsh', 'fish'].filter(hasShell))
    it(`is a script ${shell} can read`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'completion-'))
      const file = join(folder, 'script')
      writeFileSync(file, await scriptFor(shell))
      // By its path: fish reads no script from a pipe that is not its terminal's.
      execFileSync(shell, ['-n', file])
      rmSync(folder, { recursive: true })
    })
})

/** Of each line, its words after `sdinspect`, the last being typed; what is offered is sorted. */
const several = join(process.cwd(), 'fixtures/torch/with_optimizer.pt')
const lines: readonly (readonly [title: string, words: readonly string[], offered: readonly string[]])[] = [
  ['commands and files', [''], [...commands.map(({ name }) => name), model, 'with space.pt'].sort()],
  ['a command', ['bu'], ['buffers']],
  ['a file as the first word', ['mod'], [model]],
  ['flags of the command', ['ls', '--so'], ['--sort']],
  ['flags of the default command', ['--de'], ['--depth']],
  ['flags after a path', [model, '--js'], ['--json']],
  ['the values of a flag', ['ls', '--sort', ''], ['bytes', 'name', 'order', 'params']],
  ['the formats of a command', ['-f', 'c'], ['csv']],
  ['the words of an operand', ['schema', ''], ['check', 'diff', 'lock', 'policy', 'report', 'stats']],
  ['a shell', ['completion', 'z'], ['zsh']],
  ['rules', ['explain', 'tensors/c'], ['tensors/count']],
  [
    'names, a segment at a time',
    ['ls', model, '--keep', 'layers.1'],
    ['layers.1.', 'layers.10.', 'layers.11.'],
  ],
  ['names below a module', ['ls', model, '--keep', 'layers.1.'], ['layers.1.bias', 'layers.1.weight']],
  ['names after other flags', [model, '--color', 'never', '-x', 'e'], ['embed.']],
  ['names for the pattern of why', ['why', model, 'embed.'], ['embed.weight']],
  ['the path of why', ['why', 'mod'], [model]],
  ['state dicts', ['ls', several, '--at', ''], ['model', 'optimizer']],
  [
    'names of the state dict that is asked for',
    ['ls', '--at', 'model', several, '-k', 'stem.1.run'],
    ['stem.1.running_mean', 'stem.1.running_var'],
  ],
  ['no name that a shell would read as more than a word', ['ls', model, '--keep', ''], ['embed.', 'layers.']],
  ['nothing of what cannot be read', ['ls', 'with space.pt', '--keep', ''], []],
  ['nothing of what is far away', ['ls', 'https://example.com/model.safetensors', '--keep', ''], []],
  ['nothing of the Hub', ['ls', 'hf://org/model', '--at', ''], []],
  ['limits', ['ls', '--limit', 'header'], ['headerBytes=']],
  ['files for a flag that takes one', ['ls', '-o', 'wi'], ['with space.pt']],
  ['files for a command', ['ls', 'mod'], [model]],
]

// npm run completion runs them in all three.
describe.each(testedShells.filter(hasShell))('completion in %s', (shell) => {
  let folder = ''
  let offers: readonly (readonly string[])[] = []
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sdinspect-completion-'))
    writeFileSync(join(folder, 'with space.pt'), '')
    const names = Array.from({ length: 12 }, (_, i) => [`layers.${i}.weight`, `layers.${i}.bias`]).flat()
    const hostile = ['$(touch x)', '`x`', 'a b.c', '-rf', 'x;y.z', '\u001b[2Jm', '~root']
    writeFileSync(
      join(folder, model),
      vectorsFile(Object.fromEntries(['embed.weight', ...names, ...hostile].map((name) => [name, 2]))),
    )
    offers = offersOf(
      shell,
      await scriptFor(shell),
      lines.map(([, words]) => words),
      folder,
    )
  }, 180_000)
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each(lines.map(([title, , offered], place) => ({ title, offered, place })))(
    'offers $title',
    ({ offered, place }) => {
      expect(offers[place]).toEqual(offered)
    },
  )

  // fish offers what is like a word too, where nothing begins with it.
  if (shell !== 'fish')
    it('offers no flags and formats of other commands', async () => {
      const others = [
        ['why', '--so'],
        ['tree', '-f', 'c'],
      ]
      expect(offersOf(shell, await scriptFor(shell), others, folder)).toEqual([[], []])
    }, 60_000)
})
