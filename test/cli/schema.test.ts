import { describe, expect, it } from 'vitest'
import { errorCodes, SdinspectError } from '../../src/errors.ts'
import { checkpointOf } from '../helpers/checkpoint.ts'
import { nastyNames } from '../helpers/nasty-names.ts'
import { anySchemaErrors, publishedSchema, publishedText, schemaErrors } from '../helpers/report-schema.ts'
import { libraryOf, runCli } from '../helpers/run-cli.ts'

const sound = checkpointOf(
  {
    'emb.weight': ['F16', [10, 4]],
    'head.weight': 'emb.weight',
    'bn.weight': ['F32', [4]],
    'bn.bias': ['F32', [4]],
    'bn.running_mean': ['F32', [4]],
    'bn.running_var': ['F32', [4]],
    'bn.num_batches_tracked': ['I64', []],
    'q.qweight': ['I32', [16, 32]],
    'q.qzeros': ['I32', [1, 4]],
    'q.scales': ['F16', [1, 32]],
    'q.g_idx': ['I32', [128]],
    unrecorded: [null, [2, 2]],
  },
  { metadata: { format: 'pt' }, order: 'registration' },
)
const nasty = {
  ...checkpointOf(Object.fromEntries(nastyNames.map((name) => [name, ['F32', [1]] as const]))),
  findings: [
    { rule: 'a/b', level: 'warning' as const, message: 'odd', file: 'f', tensor: 't', fix: 'fix it' },
  ],
  files: [{ name: 'x', bytes: 1, role: 'weights' as const }],
  producer: 'somebody',
  metadata: new Map<string, never>([['__proto__', (2n ** 70n) as never]]),
  values: new Map([['epoch', '3']]),
}
const library = libraryOf({
  sound,
  nasty,
  empty: { ...sound, stateDicts: [] },
  broken: new SdinspectError('format/truncated', 'cut off', {
    file: 'broken',
    offset: 8,
    tensor: 'fc',
    hint: 'copy it again',
  }),
  bug: new TypeError('x'),
})

const read = async (...argv: string[]): Promise<unknown> => JSON.parse((await runCli(argv, { library })).out)

describe('the published schema', () => {
  for (const path of ['sound', 'nasty', 'empty'])
    it(`describes every JSON answer about ${path === 'nasty' ? 'nasty names' : `a ${path} checkpoint`}`, async () => {
      for (const [definition, ...argv] of [
        ['report', 'inspect', path],
        ['report', path, '--keep', '**'],
        ['list', 'ls', path],
        ['list', 'params', path],
        ['list', 'buffers', path],
        ['tree', 'tree', path],
        ['tree', 'tree', path, '--depth', '0'],
        ['why', 'why', path, '**'],
      ] as const) {
        const answer = await read(...argv, '--json')
        expect(schemaErrors(answer, definition), argv.join(' ')).toBeNull()
        expect(anySchemaErrors(answer)).toBeNull()
      }
    })

  it('describes each line of NDJSON', async () => {
    for (const [definition, ...argv] of [
      ['report', 'inspect', 'sound'],
      ['tensor', 'ls', 'nasty'],
      ['explanation', 'why', 'nasty', '**'],
      ['tree', 'tree', 'sound'],
      ['failure', 'ls', 'broken'],
    ] as const) {
      const { out } = await runCli([...argv, '-f', 'ndjson'], { library })
      const lines = out.split('\n')
      expect(lines.pop()).toBe('')
      expect(lines.length).toBeGreaterThan(0)
      for (const line of lines) expect(schemaErrors(JSON.parse(line), definition)).toBeNull()
    }
  })

  it('describes failures, and several answers at once', async () => {
    expect(schemaErrors(await read('broken', '--json'), 'failure')).toBeNull()
    expect(schemaErrors(await read('bug', '--json'), 'failure')).toBeNull()
    for (const command of ['inspect', 'ls', 'tree']) {
      const answer = (await read(command, 'sound', 'broken', 'nasty', '--json')) as { checkpoints: object[] }
      expect(schemaErrors(answer, 'several')).toBeNull()
      expect(answer.checkpoints).toHaveLength(3)
    }
  })

  it('knows every error code', () => {
    const { error } = publishedSchema.$defs as { error: { properties: { code: { enum: string[] } } } }
    expect(error.properties.code.enum).toEqual(Object.keys(errorCodes))
  })

  it('refuses what is not an answer', async () => {
    const answer = (await read('sound', '--json')) as Record<string, unknown>
    expect(schemaErrors({ ...answer, undocumented: 1 }, 'report')).toContain('additional properties')
    expect(schemaErrors({ ...answer, schemaVersion: 2 }, 'report')).not.toBeNull()
    expect(anySchemaErrors({})).not.toBeNull()
  })

  it('has a description for every field', () => {
    const bare: string[] = []
    const visit = (node: unknown, at: string): void => {
      if (typeof node !== 'object' || node === null) return
      const { properties } = node as { properties?: Record<string, Record<string, unknown>> }
      for (const [name, field] of Object.entries(properties ?? {}))
        if (!('description' in field || '$ref' in field || 'enum' in field || 'const' in field))
          bare.push(`${at}.${name}`)
      for (const [key, child] of Object.entries(node)) visit(child, `${at}.${key}`)
    }
    visit(publishedSchema, '')
    expect(bare).toEqual([])
  })

  it('is what sdinspect schema prints', async () => {
    expect((await runCli(['schema', 'report'])).out).toBe(publishedText)
    expect(await runCli(['schema', 'lokc'])).toMatchObject({ code: 2, out: '' })
  })
})

describe('the JSON report', () => {
  it('has what a tensor is, how that is known, and what it is tied to', async () => {
    const { stateDicts } = (await read('sound', '--json')) as {
      stateDicts: { tensors: Record<string, unknown>[] }[]
    }
    const tensors = new Map(stateDicts[0]?.tensors.map((tensor) => [tensor.name, tensor]))
    expect(tensors.get('bn.running_mean')).toMatchObject({
      dtype: 'F32',
      shape: [4],
      elements: 4,
      bytes: 16,
      kind: 'buffer',
      trainable: 'no',
      tiedTo: null,
    })
    expect(tensors.get('head.weight')?.tiedTo).toBe('emb.weight')
    expect(tensors.get('unrecorded')).toMatchObject({ dtype: null, bytes: null })
  })

  it('is the same whenever and however often it is asked for', async () => {
    const once = await runCli(['nasty', '--json'], { library })
    const again = await runCli(['nasty', '--json'], {
      library,
      env: { LANG: 'tr_TR', COLUMNS: '0', FORCE_COLOR: '3' },
    })
    expect(again).toEqual(once)
  })
})
