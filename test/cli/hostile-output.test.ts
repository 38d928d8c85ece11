import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Command } from '../../src/cli/command.ts'
import { commands } from '../../src/cli/commands/index.ts'
import { SdinspectError } from '../../src/errors.ts'
import type { Checkpoint, Plain } from '../../src/model/checkpoint.ts'
import type { Part, Representation } from '../../src/model/tensors/representation.ts'
import { printable } from '../../src/render/text.ts'
import { checkpointOf } from '../helpers/checkpoint.ts'
import { nastyNames } from '../helpers/nasty-names.ts'
import { libraryOf, runCli } from '../helpers/run-cli.ts'

/** A checkpoint with each nasty text wherever a file may put text. */
function hostile(text: string): Checkpoint {
  const names = [text, `${text}.weight`, `a.${text}`, `a.${text}.running_mean`]
  const plain = checkpointOf(Object.fromEntries(names.map((name) => [name, ['F32', [2]] as const])))
  const [stateDict] = plain.stateDicts
  if (stateDict === undefined) throw new Error('there is one')
  const [first, ...others] = stateDict.tensors
  const tensors = [
    { ...first, representation: subclassOf(text) },
    ...others.map((tensor) => ({ ...tensor, tiedTo: text })),
  ] as typeof stateDict.tensors
  const declared = new Map([[text, { kind: 'buffer' as const, by: text }]])
  return {
    ...plain,
    producer: text,
    files: [{ name: text, bytes: 1, role: 'weights' }],
    metadata: new Map<string, Plain>([[text, new Map([[text, [text, text]]])]]),
    findings: [{ rule: text, level: 'warning', message: text, file: text, tensor: text, fix: text }],
    stateDicts: [
      {
        ...stateDict,
        tensors,
        values: [{ name: `b.${text}`, position: 1, type: text, description: text, parts: partsOf(text) }],
        facts: { declarations: declared, moduleClasses: new Map([[`a.${text}`, text]]) },
      },
      { ...stateDict, path: text, role: 'other' },
    ],
    values: new Map([[text, text]]),
  }
}

function subclassOf(text: string): Representation {
  const attributes = [{ name: text, value: text }]
  return { kind: 'subclass', class: text, parts: partsOf(text), attributes, summary: text }
}

function partsOf(text: string): Part[] {
  return [{ name: text, dtype: 'F32', shape: [1], values: 'layout not known' }]
}

const reading = commands.filter(
  ({ views, flags, operands }) =>
    // The page of report is looked at in browsers: test/page.
    flags.includes('format') &&
    Object.keys(views).length > 0 &&
    operands.some(({ name }) => name.includes('path')),
)

/** The text without SGR colours, which are ours. */
const uncoloured = (text: string): string => text.replace(/\x1b\[[0-9;]*m/g, '')

/** What in `text` would do something to a terminal or a CI runner. */
function harm(text: string): string | null {
  const lines = uncoloured(text)
  const control = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)/.exec(lines)
  if (control !== null)
    return `control ${JSON.stringify(lines.slice(control.index - 20, control.index + 20))}`
  const hidden = /[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u.exec(lines)
  if (hidden !== null) return `hidden ${JSON.stringify(lines.slice(hidden.index - 20, hidden.index + 20))}`
  if (/\p{M}{20}/u.test(lines)) return 'a storm of marks'
  const command = /^\s*::|##\[|##vso|##teamcity|section_(start|end):|^\s*(---|\+\+\+) /m.exec(lines)
  if (command !== null) return `command ${JSON.stringify(lines.slice(command.index, command.index + 40))}`
  return null
}

// Commands that write by default write here.
const home = process.cwd()
beforeAll(() => process.chdir(mkdtempSync(join(tmpdir(), 'sdinspect-'))))
afterAll(() => process.chdir(home))

/** A pipe, a terminal with colours and one without. */
const surroundings = [
  {},
  { columns: 80, env: { FORCE_COLOR: '3' } },
  { columns: 200, env: { TERM: 'linux' } },
]

// A checkpoint and a path for each nasty text.
const library = libraryOf(Object.fromEntries(nastyNames.map((text) => [text, hostile(text)])))

/** Operands that show a command every text: at once where it takes many paths, else one after the other. */
function operandsOf(command: Command): readonly (readonly string[])[] {
  if (command.operands.some(({ name }) => name.endsWith('...]') || name.endsWith('...>'))) return [nastyNames]
  return nastyNames.map((text) => [text, '**'])
}

describe('text of a file', () => {
  // github is commands to a runner: test/render/check-reports.test.ts says what they may hold.
  for (const command of reading)
    for (const format of Object.keys(command.views).filter((name) => name !== 'github'))
      it(`does nothing to a terminal or a log in ${command.name} --format ${format}`, async () => {
        for (const operands of operandsOf(command)) {
          const exclude = command.flags.includes('exclude') ? ['-x', 'no'] : []
          const argv = [command.name, '-f', format, ...exclude, '--', ...operands]
          for (const around of surroundings) {
            const { out, err } = await runCli(argv, { library, ...around })
            if (command.name !== 'params') expect(out).not.toBe('')
            // Rows of values do not hold what was not read, which is said beside them.
            expect(err).toMatch(command.name === 'stats' ? /^(?:sdinspect: .*: PARTIAL .*\n)*$/u : /^$/)
            expect(harm(out + err), `${command.name} of ${JSON.stringify(operands[0])}`).toBeNull()
          }
        }
      })

  it('is there once for each of the checkpoints that are shown at once', async () => {
    for (const name of ['inspect', 'ls', 'params', 'buffers', 'tree', 'check']) {
      const { out } = await runCli([name, '--json', '--', ...nastyNames], { library })
      const { checkpoints } = JSON.parse(out)
      expect([name, checkpoints.map(({ path }: { path: string }) => path)]).toEqual([name, nastyNames])
    }
  })

  it('does nothing in an error, wherever it stands in it', async () => {
    for (const text of nastyNames) {
      const errors = [
        new SdinspectError('format/malformed', `tensor ${text} is odd`, {
          file: text,
          hint: text,
          tensor: text,
        }),
        new SdinspectError('format/malformed', text),
        new TypeError(text),
        text as never,
      ]
      for (const error of errors) {
        const library = {
          async *inspectPaths() {
            yield { path: text, error }
          },
          openPaths: () => Promise.reject() as never,
          openEach: () => Promise.reject() as never,
          digestPaths: () => Promise.reject() as never,
          statisticsPaths: () => Promise.reject() as never,
          statisticsParts: () => Promise.reject() as never,
          mergeStatistics: () => Promise.reject(),
          readAgain: () => {
            throw new Error('the test has no values')
          },
        }
        for (const format of ['text', 'json', 'ndjson', 'md', 'csv']) {
          const { out, err } = await runCli(['-f', format, '--', text], { library })
          expect(harm(out + err), JSON.stringify(text)).toBeNull()
        }
      }
    }
  })

  it('does nothing when it is what the user typed', async () => {
    for (const text of nastyNames.filter((name) => !name.startsWith('-') && name !== ''))
      for (const argv of [
        ['ls', 'x', '-k', text],
        ['ls', 'x', '--at', text],
        ['ls', 'x', '-f', text],
        ['ls', 'x', '--limit', text],
        [`--${text}`, 'x'],
        ['help', text],
        ['completion', text],
      ]) {
        const { out, err } = await runCli(argv, { library: libraryOf({ x: hostile('fine') }) })
        expect(harm(out + err), argv.join(' ')).toBeNull()
      }
  })
})

describe('one name is one line', () => {
  const all = Object.fromEntries(nastyNames.map((name) => [name, ['F32', [2]] as const]))
  const library = libraryOf({ all: checkpointOf(all) })

  it('in ls, tab separated, with six fields', async () => {
    const { out } = await runCli(['ls', 'all'], { library })
    const lines = out.split('\n')
    expect(lines.pop()).toBe('')
    expect(lines).toHaveLength(nastyNames.length)
    for (const line of lines) expect(line.split('\t')).toHaveLength(6)
  })

  it('in NDJSON', async () => {
    const { out } = await runCli(['ls', 'all', '-f', 'ndjson', '--sort', 'order'], { library })
    const lines = out.split(/[\n\r\u2028\u2029\u0085]/)
    expect(lines.pop()).toBe('')
    expect(lines.map((line) => JSON.parse(line).name)).toEqual(nastyNames)
  })

  it('in CSV, which reads back as the escaped name, never as a formula', async () => {
    const { out } = await runCli(['ls', 'all', '-f', 'csv', '--sort', 'order'], { library })
    const rows = csvRows(out)
    const column = rows[0]?.indexOf('name') ?? -1
    const names = rows.slice(1).map((row) => row[column])
    expect(names.map((name) => name?.replace(/^'(?=\s*[=+\-@|%])/, ''))).toEqual(
      nastyNames.map((name) => printable(name)),
    )
    for (const row of rows) for (const value of row) expect(value).not.toMatch(/^\s*[=+\-@]/)
    for (const row of rows) expect(row).toHaveLength(rows[0]?.length ?? 0)
  })

  it('in Markdown tables, with nothing of it outside a code span', async () => {
    for (const argv of [['ls'], ['inspect'], ['tree', '--depth', '9'], ['tree', '--no-fold']]) {
      const { out } = await runCli([...argv, 'all', '-f', 'md'], { library })
      const outside = withoutCodeSpans(out)
      expect(outside).not.toMatch(/evil|alert|@user|#123|!\[|<img|<script|heading|http|calc/)
      for (const line of out.split('\n').filter((each) => each.startsWith('| `')))
        expect(line.split('|')).toHaveLength(8)
    }
  })
})

/** RFC 4180, read by the book. */
function csvRows(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let at = 0
  while (at < text.length) {
    let value = ''
    if (text[at] === '"') {
      for (at++; !(text[at] === '"' && text[at + 1] !== '"'); at++) {
        if (text[at] === '"') at++
        value += text[at]
      }
      at++
    } else for (; at < text.length && !',\r\n'.includes(text[at] as string); at++) value += text[at]
    row.push(value)
    if (text[at] === ',') {
      at++
      continue
    }
    expect(text.slice(at, at + 2)).toBe('\r\n')
    at += 2
    rows.push(row)
    row = []
  }
  return rows
}

/** What a Markdown reader sees outside code spans: a run of backticks is closed by the next run of the same length. */
function withoutCodeSpans(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      let outside = ''
      let at = 0
      while (at < line.length) {
        const open = /^`+/.exec(line.slice(at))?.[0]
        if (open === undefined) {
          outside += line[at++]
          continue
        }
        const runs = [...line.slice(at + open.length).matchAll(/`+/g)]
        const close = runs.find(([run]) => run.length === open.length)
        if (close === undefined) throw new Error(`a code span is never closed: ${line}`)
        at += open.length + (close.index ?? 0) + open.length
      }
      return outside
    })
    .join('\n')
}
