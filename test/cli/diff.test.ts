import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { SdinspectError } from '../../src/errors.ts'
import { reportOf } from '../helpers/checkpoint.ts'
import { nastyNames } from '../helpers/nasty-names.ts'
import { closed } from '../helpers/report-schema.ts'
import { libraryOf, runCli } from '../helpers/run-cli.ts'
import { temporaryFolder } from '../source/temporary-folder.ts'

const block = (i: number) => ({
  [`layers.${i}.fc.weight`]: ['F32', [4, 4]] as const,
  [`layers.${i}.fc.bias`]: ['F32', [4]] as const,
})
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)
const base = Object.assign({}, ...numbers(12).map(block)) as ReturnType<typeof block>
const prefixed = Object.fromEntries(Object.entries(base).map(([name, entry]) => [`module.${name}`, entry]))
const library = libraryOf({
  base: reportOf(base),
  same: reportOf(base),
  prefixed: reportOf(prefixed),
  longer: reportOf({ ...base, ...block(12), extra: ['F32', [2]] }),
  nasty: reportOf(Object.fromEntries(nastyNames.map((name) => [name, ['F32', [1]] as const]))),
  half: reportOf(
    Object.fromEntries(Object.entries(base).map(([name, [, shape]]) => [name, ['F16', shape] as const])),
  ),
  split: reportOf({
    ...base,
    'attn.qkv.weight': ['F32', [12, 4]],
    'layers.0.fc.weight': ['F32', [4, 5]],
    'layers.1.fc.bias': 'layers.0.fc.bias',
  }),
  empty: reportOf({}),
  twins: reportOf(
    {
      'm.z0.weight': ['F32', [9]],
      'm.a.weight': ['F32', [4, 4]],
      'm.b.weight': ['F32', [4, 4]],
    },
    { order: 'registration' },
  ),
  others: reportOf(
    {
      'm.z0.weight': ['F32', [9]],
      'm.x.weight': ['F32', [4, 4]],
      'm.y.weight': ['F32', [4, 4]],
    },
    { order: 'registration' },
  ),
  adapter: reportOf({
    'base_model.model.m.x.lora_A.weight': ['F32', [2, 4]],
    'base_model.model.m.x.lora_B.weight': ['F32', [4, 2]],
    'base_model.model.m.y.lora_A.weight': ['F32', [2, 6]],
    'base_model.model.m.y.lora_B.weight': ['F32', [4, 2]],
    'base_model.model.m.z.lora_A.weight': ['F32', [2, 4]],
    'base_model.model.m.z.lora_B.weight': ['F32', [4, 2]],
    'base_model.model.m.z0.weight': ['F32', [8]],
  }),
  broken: new SdinspectError('format/truncated', 'cut off'),
  missing: new SdinspectError('source/not-found', 'there is no such file'),
})
const run = (...argv: string[]) => runCli(['diff', ...argv], { library })

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
const validate = ajv.compile(
  closed(JSON.parse(readFileSync(new URL('../../schema/diff.v1.json', import.meta.url), 'utf8'))) as object,
)

describe('sdinspect diff', () => {
  it('exits with 0, with 1 when it is asked to for a difference, and with 2 without a verdict', async () => {
    expect((await run('base', 'same')).code).toBe(0)
    expect((await run('base', 'same', '--exit-code')).code).toBe(0)
    expect((await run('base', 'longer')).code).toBe(0)
    expect((await run('base', 'longer', '--exit-code')).code).toBe(1)
    expect((await run('base', 'longer', '--exit-code', '-q')).code).toBe(1)
    expect((await run('base', 'missing', '--exit-code')).code).toBe(2)
    expect((await run('broken', 'base')).code).toBe(1)
    expect((await run('base')).code).toBe(2)
    expect((await run('base', 'same', '--at', 'ema')).code).toBe(2)
  })

  it('exits with 1 for an adapter that does not fit, and tells in JSON and Markdown what does not', async () => {
    expect((await run('adapter', 'others')).code).toBe(0)
    expect((await run('adapter', 'others', '--exit-code')).code).toBe(1)
    const answer = JSON.parse((await run('adapter', 'others', '--json')).out)
    expect(validate(answer), JSON.stringify(validate.errors)).toBe(true)
    expect(answer.adapter).toMatchObject({
      fits: 'no',
      on: [{ module: 'm.x', method: 'LoRA', rank: 2 }],
      missing: ['base_model.model.m.z'],
      misfits: [{ module: 'm.y', wanted: '[2, 4]' }],
      saved: [{ name: 'm.z0.weight', is: 'other shape', base: [9] }],
    })
    expect((await run('adapter', 'others', '-f', 'md')).out).toContain('does not fit b: 1 of its 3 modules')
  })

  it('folds what is missing, with the words of load_state_dict', async () => {
    const { out } = await run('base', 'longer')
    expect(out).toContain('+ layers  12 → 13 blocks  only b has 12')
    expect(out).toContain(
      'Missing key(s) in state_dict: "layers.12.fc.weight", "layers.12.fc.bias", "extra".',
    )
    const prefix = await run('prefixed', 'base')
    expect(prefix.out).toContain('~ module.** → **  ×24  DataParallel, DistributedDataParallel')
    expect(prefix.out).toContain(
      'Missing key(s) in state_dict: "layers.{0..11}.fc.weight" (12), "layers.{0..11}.fc.bias" (12).',
    )
    expect(prefix.out).toContain('loads: all keys matched')
    expect(prefix.out.split('\n').length).toBeLessThan(20)
  })

  it('shows torch’s message to the letter when it is asked not to fold', async () => {
    const { out } = await run('base', 'longer', '--no-fold')
    expect(out).toContain(
      '    Error(s) in loading state_dict for Module:\n        Missing key(s) in state_dict: "layers.12',
    )
  })

  it('says in one line that a whole model is of another type', async () => {
    const { out } = await run('base', 'half')
    expect(out).toContain('Type\n  ~ all tensors  F32 → F16\n')
    expect(out).toContain('values of 24 tensors are converted to another type')
  })

  it('answers in JSON, also for what cannot be read', async () => {
    const answer = JSON.parse((await run('prefixed', 'base', '--json')).out)
    expect(answer).toMatchObject({ schemaVersion: 1, same: false, valuesCompared: false })
    expect(answer.load.strictError).toContain('Error(s) in loading state_dict for Module:\n\tMissing key(s)')
    expect(answer.loadRenamed).toMatchObject({ strict: 'loads', strictError: null })
    expect(JSON.parse((await run('broken', 'base', '--json')).out)).toMatchObject({
      path: 'broken',
      error: { code: 'format/truncated' },
    })
  })

  it('answers in JSON that the published schema describes', async () => {
    const paths = ['base', 'prefixed', 'longer', 'nasty', 'half', 'split', 'empty']
    for (const a of paths)
      for (const b of [...paths, 'broken']) {
        const answer = JSON.parse((await run(a, b, '--json')).out)
        expect(validate(answer), `${a} ${b}: ${ajv.errorsText(validate.errors)}`).toBe(true)
      }
    expect(validate({ ...JSON.parse((await run('base', 'same', '--json')).out), undocumented: 1 })).toBe(
      false,
    )
  })

  it('says so when a rename that it writes is a guess', async () => {
    const file = join(temporaryFolder(), 'map.json')
    const { err } = await run('twins', 'others', '--rename-map', file)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ 'm.a.**': 'm.x.**', 'm.b.**': 'm.y.**' })
    expect(err).toContain('2 of the 2 renames')
  })

  it('lets no name do anything in text, Markdown or JSON', async () => {
    for (const format of ['text', 'md', 'json'])
      for (const fold of [[], ['--no-fold']]) {
        const { out } = await run('nasty', 'base', '-f', format, ...fold)
        expect(out).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2028]/)
        if (format !== 'json') expect(out).not.toMatch(/^\s*::|##\[|##vso|^\s*---/m)
      }
  })

  it('writes the renames to a file, old to new', async () => {
    const file = join(temporaryFolder(), 'map.json')
    expect((await run('prefixed', 'base', '--rename-map', file)).code).toBe(0)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ 'module.**': '**' })
    expect((await run('prefixed', 'base', '--rename-map', file, '-o', file)).code).toBe(2)
  })
})
