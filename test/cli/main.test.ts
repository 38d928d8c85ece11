import { describe, expect, it } from 'vitest'
import { ClosedPipe } from '../../src/cli/io.ts'
import { SdinspectError } from '../../src/errors.ts'
import type { Finding } from '../../src/model/finding.ts'
import { reportOf } from '../helpers/checkpoint.ts'
import { libraryOf, runCli } from '../helpers/run-cli.ts'

const report = reportOf({
  'fc.weight': ['F32', [3, 4]],
  'fc.bias': ['F32', [3]],
  'bn.weight': ['F32', [3]],
  'bn.bias': ['F32', [3]],
  'bn.running_mean': ['F32', [3]],
  'bn.running_var': ['F32', [3]],
  'bn.num_batches_tracked': ['I64', []],
})
const finding: Finding = { rule: 'index/missing-shard', level: 'error', message: 'a shard is missing' }
const broken = new SdinspectError(
  'format/truncated',
  'the header ends at 320, past the end of the file at 40',
  {
    file: 'broken',
  },
)
const missing = new SdinspectError('source/not-found', 'there is no such file', {
  hint: 'did you mean good?',
})
const library = libraryOf({
  good: report,
  other: report,
  faulty: { ...report, findings: [finding] },
  broken,
  missing,
  bug: new TypeError('x is undefined'),
})
const run = (...argv: string[]) => runCli(argv, { library })

describe('exit codes', () => {
  const cases: readonly [string, readonly string[], number][] = [
    ['0 for a sound checkpoint', ['good'], 0],
    ['1 for a malformed one', ['broken'], 1],
    ['1 for a finding of level error', ['faulty'], 1],
    ['2 for a path that is not there', ['missing'], 2],
    ['2 for a bug', ['bug'], 2],
    ['2 over 1', ['broken', 'missing', 'good'], 2],
    ['1 over 0', ['good', 'broken'], 1],
    ['2 for an unknown flag', ['--jsn', 'good'], 2],
    ['2 for a format that is not there', ['-f', 'yaml', 'good'], 2],
    ['2 for a keep pattern that fits nothing', ['ls', 'good', '-k', 'nope'], 2],
    ['2 for a state dict that is not there', ['ls', 'good', '--at', 'ema'], 2],
    ['2 for a bad pattern', ['ls', 'good', '-k', '{a'], 2],
  ]
  for (const [what, argv, code] of cases)
    it(`are ${what}`, async () => {
      for (const format of [[], ['--json'], ['-f', 'ndjson'], ['-f', 'md'], ['-f', 'csv']])
        if (!argv.includes('-f')) expect((await run(...argv, ...format)).code).toBe(code)
      expect((await run(...argv)).code).toBe(code)
    })
})

describe('the command line', () => {
  it('prints help to stderr and exits 2 when it is told nothing', async () => {
    const { code, out, err } = await run()
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain('Usage: sdinspect <path...>')
  })

  it('prints help where it is asked to', async () => {
    for (const argv of [['--help'], ['-h'], ['help']]) {
      const { code, out, err } = await run(...argv)
      expect([code, err]).toEqual([0, ''])
      expect(out).toContain('Commands:\n  inspect')
    }
    for (const argv of [
      ['ls', '--help'],
      ['help', 'ls'],
      ['--help', 'ls'],
      ['ls', 'good', '-h'],
    ]) {
      const { code, out } = await run(...argv)
      expect(code).toBe(0)
      expect(out).toContain('Usage: sdinspect ls [options] <path...>')
      expect(out).toContain('Examples:')
    }
  })

  it('prints the version of the package', async () => {
    const { default: manifest } = await import('../../package.json', { with: { type: 'json' } })
    for (const flag of ['-V', '--version']) expect((await run(flag)).out).toBe(`${manifest.version}\n`)
  })

  it('suggests the flag, the command, the value that was meant', async () => {
    expect((await run('--jsn', 'good')).err).toContain('did you mean --json?')
    expect((await run('lss', 'good')).err).toBe(
      'sdinspect: there is no command or file called "lss"\n  hint: did you mean ls?\n',
    )
    expect((await run('help', 'bufers')).err).toContain('did you mean buffers?')
    expect((await run('good', '--limit', 'headerByte=1')).err).toContain('did you mean headerBytes?')
    expect((await run('good', '--format', 'html')).err).toContain('--format takes text, json')
  })

  it('finds the command among flags and takes what follows -- for paths', async () => {
    const known = libraryOf({ ls: report, good: report })
    expect((await runCli(['--json', 'ls', 'good'], { library: known })).out).toContain('"stateDict"')
    expect((await runCli(['-f', 'json', 'ls', 'good'], { library: known })).out).toContain('"stateDict"')
    expect((await runCli(['--json', '--', 'ls'], { library: known })).out).toContain('"stateDicts"')
    expect((await runCli(['ls', 'ls', '--json'], { library: known })).out).toContain('"path": "ls"')
  })

  it('refuses flags that contradict each other and values that make no sense', async () => {
    const cases: readonly [readonly string[], string][] = [
      [['good', '--json', '-f', 'csv'], '--json and --format csv were given'],
      [['good', '--limit', 'headerBytes'], 'has no value'],
      [['good', '--limit', 'headerBytes=-1'], 'takes a whole number, not "-1"'],
      [['good', '--depth', '1.5'], 'takes a whole number, not "1.5"'],
      [['good', '--depth'], '--depth takes a value'],
      [['good', '-o', ''], 'names no file'],
      [['ls'], 'ls needs a <path>: sdinspect ls <path...>'],
      [['diff', 'good'], 'diff needs a <b>: sdinspect diff <a> <b>'],
      [['schema', 'none'], 'schema takes report, check, '],
    ]
    for (const [argv, message] of cases) {
      const { code, out, err } = await run(...argv)
      expect([code, out]).toEqual([2, ''])
      expect(err).toContain(message)
    }
  })

  it('tells of an unreadable path and answers the others', async () => {
    const { code, out, err } = await run('ls', 'missing', 'good', 'broken')
    expect(code).toBe(2)
    expect(err).toBe(
      'sdinspect: missing: there is no such file\n  hint: did you mean good?\n' +
        'sdinspect: broken: the header ends at 320, past the end of the file at 40\n' +
        '  hint: it is cut off: download or save it again, and compare its SHA-256 with the one of its source\n',
    )
    expect(out.split('\n').filter((line) => line.startsWith('good\t'))).toHaveLength(7)
  })

  it('says that a bug is a bug, with the stack', async () => {
    const { code, err } = await run('bug')
    expect(code).toBe(2)
    expect(err).toMatch(/^sdinspect: this is a bug in sdinspect.*\n {2}TypeError: x is undefined\n {6}at /)
  })

  it('says so too when the library throws instead of answering', async () => {
    const { code, err } = await run('a path the test does not know')
    expect(code).toBe(2)
    expect(err).toContain('this is a bug in sdinspect')
  })

  it('writes nothing to standard output when it is quiet, and keeps its verdict', async () => {
    expect(await run('-q', 'good')).toEqual({ code: 0, out: '', err: '' })
    const { code, out, err } = await run('-q', 'broken')
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain('past the end')
  })

  it('ends quietly with the verdict of the checkpoint when nobody reads on', async () => {
    const closed = {
      isTTY: false,
      columns: undefined,
      write: () => Promise.reject(new ClosedPipe('closed')),
    }
    expect(await runCli(['ls', 'good'], { library, out: closed })).toEqual({ code: 0, out: '', err: '' })
    expect((await runCli(['ls', 'good', 'broken'], { library, out: closed })).code).toBe(1)
    expect((await runCli(['--version'], { library, out: closed })).code).toBe(0)
  })

  it('gives no verdict when the answer cannot be written', async () => {
    const full = {
      isTTY: false,
      columns: undefined,
      write: () => Promise.reject(new SdinspectError('source/io', 'the output could not be written')),
    }
    const { code, err } = await runCli(['ls', 'good'], { library, out: full })
    expect(code).toBe(2)
    expect(err).toBe('sdinspect: the output could not be written\n')
  })

  it('waits for the reader between chunks', async () => {
    const many = reportOf(
      Object.fromEntries(
        Array.from({ length: 20_000 }, (_, i) => [`layer.${i}.weight`, ['F32', [1]] as const]),
      ),
    )
    let waiting = 0
    let most = 0
    let length = 0
    const slow = {
      isTTY: false,
      columns: undefined,
      async write(text: string) {
        most = Math.max(most, ++waiting)
        length += text.length
        await new Promise((resolve) => setTimeout(resolve, 1))
        waiting--
        expect(text.length).toBeLessThan(80_000)
      },
    }
    await runCli(['ls', 'many', '-f', 'ndjson'], { library: libraryOf({ many }), out: slow })
    expect(most).toBe(1)
    expect(length).toBeGreaterThan(5_000_000)
  })
})

describe('narrowing', () => {
  it('keeps and excludes by pattern, and counts what is left', async () => {
    const { out } = await run('good', '--json', '-k', 'bn.*', '-x', '*.running_*')
    const [stateDict] = JSON.parse(out).stateDicts
    expect(stateDict.tensors.map((tensor: { name: string }) => tensor.name)).toEqual([
      'bn.weight',
      'bn.bias',
      'bn.num_batches_tracked',
    ])
    expect(stateDict.totals.stored).toEqual({ tensors: 3, elements: 7, bytes: 32 })
    expect(stateDict.totals.parameters.elements).toBe(6)
  })

  it('suggests a pattern for one that fits nothing', async () => {
    const guess = async (pattern: string) => (await run('ls', 'good', '-k', pattern)).err.split('hint: ')[1]
    expect(await guess('bn')).toBe('did you mean "bn.**"?\n')
    expect(await guess('bias')).toBe('did you mean "**.bias"?\n')
    expect(await guess('bn.runing_mean')).toBe('did you mean "bn.running_mean"?\n')
    expect(await guess('qqqqq.zzzzzz')).toBe('sdinspect ls shows the names\n')
  })

  it('is satisfied with a pattern that fits in one of several checkpoints', async () => {
    const two = libraryOf({
      a: reportOf({ 'x.weight': ['F32', [1]] }),
      b: reportOf({ 'y.weight': ['F32', [1]] }),
    })
    expect(await runCli(['ls', 'a', 'b', '-k', 'y.*'], { library: two })).toMatchObject({ code: 0, err: '' })
  })
})
