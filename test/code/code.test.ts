import { expect, test } from 'vitest'
import { programOf } from '../../src/code/plan.ts'
import { pythonFile } from '../../src/code/python-file.ts'
import { literal } from '../../src/code/python-text.ts'
import { isSdinspectError } from '../../src/errors.ts'
import { finding } from '../../src/findings/finding.ts'
import type { StateDictReport } from '../../src/model/report.ts'
import { type Entries, reportOf, type Surrounding } from '../helpers/checkpoint.ts'
import { nastyNames } from '../helpers/nasty-names.ts'
import { runCli } from '../helpers/run-cli.ts'

function stateDictOf(entries: Entries, around?: Surrounding): StateDictReport {
  return reportOf(entries, around).stateDicts[0] as StateDictReport
}

function codeOf(entries: Entries, around?: Surrounding): string {
  return [
    ...pythonFile(programOf(stateDictOf(entries, around)), { file: 'm.pt', at: '', version: '0' }),
  ].join('')
}

/** The classes alone, without comments. */
function classesOf(entries: Entries, around?: Surrounding): string {
  const text = codeOf(entries, around)
  return text
    .slice(text.indexOf('\n\nclass ') + 2, text.indexOf('\n\n    def forward'))
    .replaceAll(/ {2}#.*/g, '')
}

function refusalOf(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    if (isSdinspectError(error, 'unsupported/feature')) return error.message
    throw error
  }
  throw new Error('nothing was refused')
}

test('blocks that differ in numbers are one class, and its numbers are arguments', () => {
  const entries: Record<string, readonly ['F32', readonly number[]]> = {}
  for (const [i, width] of [8, 8, 16].entries())
    for (const [name, shape] of [
      ['up', [4 * width, width]],
      ['down', [width, 4 * width]],
    ] as const) {
      entries[`blocks.${i}.${name}.weight`] = ['F32', shape]
      entries[`blocks.${i}.${name}.bias`] = ['F32', shape.slice(0, 1)]
    }
  expect(classesOf(entries)).toBe(`class Block(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.down = nn.Linear(in_features, out_features)
        self.up = nn.Linear(out_features, in_features)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([*(Block(32, 8) for _ in range(2)), Block(64, 16)])`)
})

test('a layer is made as its class only where that has exactly these entries', () => {
  const bias = { 'fc.bias': ['F32', [3]] } as const
  expect(classesOf({ 'fc.weight': ['F32', [3, 4]], ...bias })).toContain('self.fc = nn.Linear(4, 3)')
  expect(classesOf({ 'fc.weight': ['F16', [3, 4]], ...bias })).toContain(
    'torch.empty(3, 4, dtype=torch.float16)',
  )
  expect(classesOf({ 'fc.weight': ['F8_E4M3', [3, 4]], 'fc.bias': ['F8_E4M3', [3]] })).not.toContain(
    'nn.Linear',
  )
})

test('a layer of torch is not made where the file has its entries in another order', () => {
  const entries: Entries = { 'fc.bias': ['F32', [3]], 'fc.weight': ['F32', [3, 4]] }
  expect(classesOf(entries, { order: 'registration' })).not.toContain('nn.Linear')
  expect(classesOf(entries, { order: 'unrecorded' })).toContain('nn.Linear(4, 3)')
})

test('where no module has the order of the file, that of modules is taken, and said', () => {
  const text = codeOf(
    { 'a.weight': ['F32', [3, 4]], 'b.weight': ['F32', [3, 4]], 'a.bias': ['F32', [3]] },
    { order: 'registration' },
  )
  expect(text).toContain('# No module has its entries in the order of the file')
  expect(text).toContain('self.a = nn.Linear(4, 3)')
})

test('tied entries are made one tensor', () => {
  expect(
    classesOf(
      { 'embed.weight': ['F32', [9, 4]], 'head.0.weight': 'embed.weight' },
      { order: 'registration' },
    ),
  ).toContain('self.head[0].weight = self.embed.weight')
})

test('what no module can hold is refused, naming the key', () => {
  const tensor = ['F32', [2]] as const
  expect(refusalOf(() => codeOf({ a: tensor, 'a.b': tensor }))).toMatch(/^"a" is an entry and a module/)
  expect(refusalOf(() => codeOf({ 'a..b': tensor }))).toMatch(/^"a\.\.b" has an empty segment/)
  expect(refusalOf(() => codeOf({ 'a.': tensor }))).toMatch(/^"a\." ends in an empty segment/)
  expect(refusalOf(() => codeOf({ '': tensor }))).toMatch(/^"" ends in an empty segment/)
  expect(refusalOf(() => codeOf({ 'a.x': ['F6_E2M3', [4]] }))).toMatch(/^"a\.x" is F6_E2M3, a type/)
  expect(refusalOf(() => codeOf({ [`${'a.'.repeat(201)}b`]: tensor }))).toMatch(/in more than 200 modules/)
  const report = { ...stateDictOf({ 'a.b': tensor }) }
  const value = { name: 'a.lr', position: 1, kind: 'other', type: 'float', description: '0.1' } as const
  expect(refusalOf(() => programOf({ ...report, values: [value] }))).toMatch(
    /^"a\.lr" is no tensor \(float\)/,
  )
  const unfollowed = finding(
    'torch/unfollowed',
    { steps: ['BUILD'], places: ['data.pkl'], count: 1 },
    { file: 'm.pt' },
  )
  expect(refusalOf(() => programOf(report, [unfollowed]))).toMatch(
    /^no module is written: torch may load other tensors than are shown/,
  )
})

test('a class that the file calls as the program calls something of its own goes by another name', () => {
  const classes = ['sum', 'sys', 'torch', 'print', 'None', '__import__', 'os.system("x")']
  const moduleClasses = new Map(classes.map((name, i) => [`m${i}`, name]))
  const entries = Object.fromEntries(classes.map((_, i) => [`m${i}.w${i}`, ['F32', [2]] as const]))
  const names = [...classesOf(entries, { facts: { moduleClasses } }).matchAll(/^class (\w+)\(/gm)].map(
    ([, name]) => name,
  )
  expect(names).toEqual(['sum2', 'sys2', 'torch2', 'print2', 'M4', 'Import', 'OsSystemX', 'Model'])
})

test('extra state is kept by a module that says it', () => {
  const value = {
    name: 'a._extra_state',
    position: 1,
    kind: 'other',
    type: 'bytes',
    description: '4 bytes',
  } as const
  const stateDict = stateDictOf({ 'a.w': ['F32', [2]] })
  const text = [
    ...pythonFile(programOf({ ...stateDict, values: [value] }), { file: 'm', at: '', version: '0' }),
  ].join('')
  expect(text).toContain('class A(ExtraState):')
  expect(text).toContain('# _extra_state is kept as it is: 4 bytes.')
})

/** Text of a Python string literal, read by JSON, which has the escapes that are used but for `\x` and `\U`. */
function read(text: string): string {
  const escapes = text
    .replace(/(?<!\\)((?:\\\\)*)\\x(..)/g, '$1\\u00$2')
    .replace(
      /(?<!\\)((?:\\\\)*)\\U(.{8})/g,
      (_, before: string, code: string) =>
        before + JSON.stringify(String.fromCodePoint(Number.parseInt(code, 16))).slice(1, -1),
    )
  return JSON.parse(escapes)
}

test.each(nastyNames)('the literal of a nasty name is one of printable ASCII, and says it: %j', (name) => {
  const text = literal(name)
  expect(text).toMatch(/^"[\x20-\x7e]*"$/)
  expect(read(text)).toBe(name)
})

test('whatever a file is called or says, the text is printable ASCII, and only literals and names hold it', () => {
  const named = nastyNames.filter((name) => !name.split('.').includes('') && name.split('.').length < 100)
  const entries: Record<string, readonly ['F32', readonly number[]]> = {}
  for (const name of named) entries[`m.${name}.weight`] = ['F32', [2]]
  const program = programOf(stateDictOf(entries))
  for (const name of nastyNames) {
    const text = [...pythonFile(program, { file: name, at: name, version: '0' })].join('')
    expect(text).toMatch(/^[\x20-\x7e\n]*$/)
    const code = text.split('\n').filter((line) => !line.startsWith('#'))
    expect(code.join('\n').replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')).not.toMatch(/evil|pwned|alert|rm -rf/)
  }
})

test('ten thousand different blocks are ten thousand classes, in time linear in them', () => {
  const entries: Record<string, readonly ['F32', readonly number[]]> = {}
  for (let i = 0; i < 10_000; i++) {
    entries[`b${i}.x${i}`] = ['F32', [i + 1]]
    entries[`b${i}.y`] = ['F32', [2]]
  }
  const text = codeOf(entries)
  expect(text.match(/^class /gm)?.length).toBe(10_001)
  expect(new Set(text.match(/^class \w+/gm)).size).toBe(10_001)
})

test('the command writes the file, whole or not at all', async () => {
  const { code, out } = await runCli(['code', 'fixtures/cnn.safetensors'])
  expect(code).toBe(0)
  expect(out).toContain('class Model(nn.Module):')
  const refused = await runCli(['code', 'fixtures/torch/lightning.ckpt', '--at', 'optimizer_states.0'])
  expect(refused.code).toBe(2)
  expect(refused.out).toBe('')
  expect(refused.err).toContain('"param_groups.0.lr" is no tensor (float)')
})
