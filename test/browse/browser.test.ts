import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Asked } from '../../src/browse/browsed.ts'
import { Browser } from '../../src/browse/browser.ts'
import { keyHelp } from '../../src/browse/help.ts'
import type { Key, KeyName } from '../../src/browse/keys.ts'
import { OneCheckpoint } from '../../src/browse/one-checkpoint.ts'
import { Screen, type Size } from '../../src/browse/screen.ts'
import { TwoCheckpoints } from '../../src/browse/two-checkpoints.ts'
import { tensorPairing } from '../../src/compare/pairing/tensor-pairing.ts'
import type { StateDictReport } from '../../src/model/report.ts'
import { loadTheme } from '../../src/render/terminal/theme.ts'
import { displayWidth } from '../../src/render/width.ts'
import { type Entries, reportOf } from '../helpers/checkpoint.ts'
import { nastyNames } from '../helpers/nasty-names.ts'

const silent: Asked = {
  collect: () => {},
  explain: () => null,
  placesOf: () => [],
  statistics: async () => [],
}
const theme = await loadTheme({ color: 0 })

function browserOf(entries: Entries, asked: Asked = silent): Browser {
  const report = reportOf(entries)
  return new Browser(new OneCheckpoint(report, report.stateDicts, asked))
}

const linear = (module: string, rows = 4): Entries => ({
  [`${module}.weight`]: ['F32', [rows, 4]],
  [`${module}.bias`]: ['F32', [rows]],
})
const model: Entries = {
  'embed.weight': ['F32', [10, 4]],
  ...Object.assign({}, ...Array.from({ length: 8 }, (_, i) => linear(`layers.${i}.fc`))),
  ...linear('layers.8.other', 7),
  ...linear('head', 2),
}

const names = [
  'up',
  'down',
  'left',
  'right',
  'home',
  'end',
  'enter',
  'tab',
  'escape',
  'page-down',
  'backspace',
]

function press(browser: Browser, ...keys: readonly string[]): void {
  for (const key of keys)
    browser.press((names.includes(key) ? { key: key as KeyName } : { text: key }) as Key)
}

function screen(browser: Browser, size: Size = { columns: 80, rows: 24 }): string[] {
  return new Screen(theme).lines(browser, size)
}

/** The name on the line of the cursor. */
function here(browser: Browser): string {
  const line = screen(browser).find((text) => text.includes('\x1b[7m')) ?? ''
  return line
    .replace(/\x1b\[\d+m/g, '')
    .slice(2)
    .replace(/^[│├└─ ▸▾]*/, '')
    .split(/ {2}|$/)[0] as string
}

function twoOf(a: Entries, b: Entries): Browser {
  const [left, right] = [reportOf(a), reportOf(b)]
  const pairing = tensorPairing(left, right)
  if (pairing === null) throw new Error('nothing to compare')
  const side = (report: typeof left) => ({
    report,
    stateDict: report.stateDicts[0] as StateDictReport,
    asked: silent,
  })
  return new Browser(new TwoCheckpoints(side(left), side(right), pairing))
}

function find(browser: Browser, query: string): void {
  press(browser, '/', ...query, 'enter')
}

/** The name of the tensor at the cursor. */
function nameAt({ row }: Browser): string | undefined {
  return row?.node.type === 'tensor' ? row.node.tensor.name : undefined
}

describe('moving', () => {
  test('opens, goes in, and comes out again', () => {
    const browser = browserOf(model)
    expect(here(browser)).toBe('embed')
    press(browser, 'down')
    expect(here(browser)).toBe('layers')
    press(browser, 'right', 'right')
    expect(here(browser)).toBe('{0..7}.fc ×8')
    press(browser, 'right', 'right', 'right', 'right')
    expect(here(browser)).toBe('weight')
    press(browser, 'left', 'left')
    expect(here(browser)).toMatch(/fc|\{0\.\.7\}/)
    press(browser, 'c')
    expect(here(browser)).toBe('layers')
    expect(browser.rows.length).toBe(3)
  })

  test('never leaves the list', () => {
    const browser = browserOf(model)
    press(browser, 'up', 'up')
    expect(browser.cursor).toBe(0)
    press(browser, 'E', 'end', 'down', 'page-down')
    expect(browser.cursor).toBe(browser.rows.length - 1)
    press(browser, 'g')
    expect(browser.cursor).toBe(0)
  })

  test('sorts as the file has it, by name, by parameters, by bytes', () => {
    const entries: Entries = {
      'b.weight': ['F32', [5]],
      'c.weight': ['I8', [9]],
      'a.weight': ['F64', [4]],
      'd.weight': ['F16', [6]],
    }
    const shown = (browser: Browser) =>
      screen(browser)
        .map((line) => /[▸▾] (\w)/.exec(line)?.[1])
        .join('')
    const [order, name, params, bytes] = [
      'bcad in the order of the file',
      'abcd sorted by name',
      // Integers are no parameters.
      'dbac sorted by parameters',
      'abdc sorted by bytes',
    ]
    for (const [recorded, seen] of [
      ['unrecorded', ['abcd ', params, bytes, order, name]],
      ['registration', ['bcad ', name, params, bytes, order]],
    ] as const) {
      const report = reportOf(entries, { order: recorded })
      const browser = new Browser(new OneCheckpoint(report, report.stateDicts, silent))
      for (const wanted of seen) {
        expect(`${shown(browser)} ${browser.message}`).toBe(wanted)
        press(browser, 's')
      }
    }
  })

  test('unfolds blocks, and stays where it was', () => {
    const browser = browserOf(model)
    press(browser, '/', 'o', 't', 'h', 'e', 'r', 'enter')
    const was = here(browser)
    press(browser, 'f')
    expect(here(browser)).toBe(was)
    expect(browser.message).toContain('one by one')
    press(browser, 's')
    expect(here(browser)).toBe(was)
  })

  test('goes through a hundred and fifty thousand tensors at the top', () => {
    const many = Object.fromEntries(
      Array.from({ length: 150_000 }, (_, i) => [`w${i}`, ['F32', [i % 7]] as const]),
    )
    const browser = browserOf(many)
    press(browser, 'f', 'E', 'end', 'e', 'c', 's', 's', 'home', 'down')
    expect(browser.rows.length).toBe(150_000)
    // The second of the largest.
    expect(nameAt(browser)).toBe('w13')
    find(browser, 'w12345')
    while (browser.isBusy) browser.work()
    // Of those found, the two with six elements, and the first of those with five.
    const went = [nameAt(browser)]
    for (let i = 0; i < 2; i++) {
      press(browser, 'n')
      went.push(nameAt(browser))
    }
    expect(went).toEqual(['w123451', 'w123458', 'w123450'])
  })

  test('pasted text is no command', () => {
    const browser = browserOf(model)
    expect(browser.press({ text: 'quit' })).toBeNull()
    expect(browser.press({ text: 'q' })).toBe('quit')
  })
})

describe('finding', () => {
  test('finds a part of a name in any case, and goes round', () => {
    const browser = browserOf(model)
    find(browser, 'BIAS')
    expect(browser.search?.found).toBe(10)
    const went = [nameAt(browser)]
    for (let i = 1; i < 10; i++) {
      expect(browser.foundAt).toBe(i)
      press(browser, 'n')
      went.push(nameAt(browser))
    }
    // Each of the eight blocks too, in the order in which they stand.
    expect(went).toEqual([
      ...Array.from({ length: 8 }, (_, i) => `layers.${i}.fc.bias`),
      'layers.8.other.bias',
      'head.bias',
    ])
    press(browser, 'n')
    expect(nameAt(browser)).toBe('layers.0.fc.bias')
    expect(browser.foundAt).toBe(1)
    for (const name of [...went].reverse()) {
      press(browser, 'N')
      expect(nameAt(browser)).toBe(name)
    }
  })

  test('goes to the tensor itself where a fold would hide it, and folds again when it is over', () => {
    const browser = browserOf(model)
    find(browser, 'layers.{5,6}.fc.w*')
    expect(browser.search?.found).toBe(2)
    expect(nameAt(browser)).toBe('layers.5.fc.weight')
    press(browser, 'f')
    expect(browser.message).toContain('one by one')
    press(browser, 'n')
    expect(nameAt(browser)).toBe('layers.6.fc.weight')
    press(browser, 'escape')
    expect(browser.search).toBeNull()
    // The fold that it is in shows its first.
    expect(browser.row?.node).toMatchObject({ type: 'tensor', times: 1 })
    expect(nameAt(browser)).toBe('layers.0.fc.weight')
    expect(browser.row?.times).toBe(8)
  })

  test('marks the lines that lead to what was found', () => {
    const browser = browserOf(model)
    find(browser, 'bias')
    press(browser, 'c')
    const marked = screen(browser).filter((line) => /^(?:\x1b\[7m)?.\*/.test(line))
    expect(marked.join('\n')).toMatch(/layers(?:.|\n)*head/)
    expect(marked).toHaveLength(2)
  })

  test('keeps what was open, and goes on over lines that were closed', () => {
    const browser = browserOf(model)
    find(browser, 'embed')
    press(browser, 'escape')
    expect(nameAt(browser)).toBe('embed.weight')
    find(browser, 'fc.weight')
    expect(nameAt(browser)).toBe('layers.0.fc.weight')
    expect(screen(browser).join('\n')).toMatch(/▾ embed/)
    press(browser, 'c', 'n')
    expect(nameAt(browser)).toBe('layers.0.fc.weight')
  })

  test('looks at many names in pieces, with keys in between, and Esc ends it', () => {
    const many = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, i) => [`m.${i}.weight`, ['F32', [1 + (i % 2)]] as const]),
    )
    const browser = browserOf(many)
    find(browser, '9.weight')
    expect(browser.search?.isDone).toBe(false)
    expect(screen(browser).at(-1)).toMatch(/looking: \d+ %/)
    browser.work()
    expect(browser.isBusy).toBe(true)
    press(browser, 'escape')
    expect(browser.search).toBeNull()
    expect(browser.isBusy).toBe(false)
    find(browser, '9.weight')
    while (browser.isBusy) browser.work()
    expect(browser.search?.found).toBe(2_000)
    expect(nameAt(browser)).toBe('m.9.weight')
    press(browser, 'N')
    expect(nameAt(browser)).toBe('m.19999.weight')
    expect(browser.foundAt).toBe(2_000)
  })

  test('says what is wrong with a pattern, and that nothing fits', () => {
    const browser = browserOf(model)
    find(browser, '{1,')
    expect(browser.message).toContain('pattern')
    find(browser, 'nowhere')
    expect(browser.message).toBe('no name fits nowhere')
    press(browser, 'n')
    expect(browser.message).toContain('look for something first')
  })

  test('finds a member that the name of a long fold leaves out', () => {
    const odd = Object.assign({}, ...Array.from({ length: 40 }, (_, i) => linear(`l.${i}.a`, 4 + (i % 2))))
    const browser = browserOf(odd)
    find(browser, 'l.21.a.weight')
    expect(browser.row?.node.type === 'tensor' && browser.row.node.tensor.shape).toEqual([5, 4])
    find(browser, 'l.22.a.weight')
    expect(browser.row?.node.type === 'tensor' && browser.row.node.tensor.shape).toEqual([4, 4])
  })
})

describe('values', () => {
  test('are read when they are asked for, and their end is drawn', async () => {
    let drawn = 0
    const report = reportOf(model)
    const asked = { ...silent, statistics: async () => Promise.reject(new Error('the disk is gone')) }
    const browser = new Browser(new OneCheckpoint(report, report.stateDicts, asked), () => drawn++)
    press(browser, 'v')
    expect(browser.message).toContain('of a tensor')
    press(browser, 'right', 'right', 'v')
    expect(browser.values).toBe('reading')
    await new Promise((resolve) => setTimeout(resolve))
    expect(drawn).toBe(1)
    expect(screen(browser).join('\n')).toContain('the disk is gone')
  })

  test('are read once where they are asked for again meanwhile', () => {
    let asked = 0
    const never: Asked = { ...silent, statistics: () => new Promise(() => asked++) }
    const browser = browserOf(model, never)
    press(browser, 'right', 'right', 'v', 'v')
    expect([asked, browser.values]).toEqual([1, 'reading'])
  })

  test('end when Esc is pressed', async () => {
    const asked: Asked = {
      ...silent,
      statistics: (_at, _name, signal) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    }
    const browser = browserOf(model, asked)
    press(browser, 'right', 'right', 'v', 'escape')
    await new Promise((resolve) => setTimeout(resolve))
    expect(browser.values).toBeUndefined()
  })
})

test.each([28, 40, 60, 80, 120])('says whole facts in %d columns, and how to leave from 40 on', (columns) => {
  const wide = screen(browserOf(model), { columns: 300, rows: 24 })
  const narrow = screen(browserOf(model), { columns, rows: 24 })
  for (const [all, some] of [
    [wide[0], narrow[0]],
    [wide.at(-1), narrow.at(-1)],
  ]) {
    const facts = (text = '') => text.replaceAll(theme.paint('quiet', ''), '').split(/ {2,}/)
    const shown = facts(some).filter((fact) => fact !== '…')
    expect(facts(all).slice(0, shown.length)).toEqual(shown)
  }
  if (columns >= 40) expect(narrow.at(-1)).toMatch(/\? keys {2}q quit/)
})

describe('two checkpoints', () => {
  test('are one tree that says what became of each line', () => {
    const { 'head.bias': _, ...less } = model
    const browser = twoOf(model, { ...less, 'head.weight': ['F16', [3, 4]], 'extra.weight': ['F32', [1]] })
    press(browser, 'E')
    const text = screen(browser, { columns: 100, rows: 40 }).join('\n')
    expect(text).toMatch(/weight +dtype, shape|weight +shape, dtype/)
    expect(text).toMatch(/bias +only in a +F32 \[2\] +--/)
    expect(text).toMatch(/weight +only in b +-- +F32 \[1\]/)
    expect(text).toMatch(/embed +same/)
  })

  test('tell of a tensor how it became another', () => {
    const browser = twoOf({ 'a.weight': ['F32', [2, 3]] }, { 'module.a.weight': ['F16', [3, 2]] })
    find(browser, 'weight')
    press(browser, 'i')
    const text = screen(browser, { columns: 120, rows: 40 }).join('\n')
    expect(text).toContain('name a.weight → module.a.weight')
    expect(text).toContain('shape [2, 3] → [3, 2] (transposed)')
    expect(text).toContain('dtype F32 → F16')
    const same = twoOf(model, model)
    find(same, 'head.weight')
    press(same, 'i')
    expect(screen(same, { columns: 120, rows: 40 }).join('\n')).toContain('the same in both, but for values')
  })

  test('show only what differs', () => {
    const browser = twoOf(model, { ...model, 'head.bias': ['F16', [2]] })
    press(browser, 'd', 'E')
    const text = screen(browser, { columns: 100, rows: 40 }).join('\n')
    expect(text).not.toContain('embed')
    expect(text).toContain('dtype')
    press(browser, 'd')
    expect(screen(browser, { columns: 100, rows: 40 }).join('\n')).toContain('embed')
  })

  test('that are the same show nothing where only differences are asked for', () => {
    const browser = twoOf(model, model)
    press(browser, 'd', 'i', 'right', 'v', 'n', 's', 'f', 'E', 'c', 'e')
    expect(screen(browser).join('\n')).toContain('nothing')
  })
})

describe('the screen', () => {
  const hostile: Entries = Object.fromEntries(
    nastyNames.flatMap((name) => [
      [`a.${name}`, ['F32', [2]] as const],
      [name, ['F32', [3]] as const],
    ]),
  )

  test.each([
    [1, 1],
    [19, 2],
    [20, 3],
    [20, 5],
    [40, 10],
    [80, 24],
    [109, 12],
    [110, 12],
    [250, 60],
  ])('of %i × %i is never left by a line', (columns, rows) => {
    const sequences = [
      [],
      ['E'],
      ['E', 'i'],
      ['?'],
      ['/', 'x'],
      ['E', 'end', 'i', 'tab', 'down'],
      ['n'],
      ['f', 'E'],
    ]
    for (const entries of [model, hostile])
      for (const keys of sequences) {
        const browser = browserOf(entries)
        press(browser, ...keys)
        const lines = screen(browser, { columns, rows })
        expect(lines.length).toBeLessThanOrEqual(rows)
        for (const line of lines) {
          const bare = line.replace(/\x1b\[(?:1|7|22|27)m/g, '')
          expect(bare).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
          expect(displayWidth(bare)).toBeLessThanOrEqual(columns)
        }
      }
  })

  test('keeps the cursor in sight when it shrinks', () => {
    const browser = browserOf(model)
    press(browser, 'E', 'end')
    for (const rows of [40, 24, 10, 4, 3]) {
      const lines = screen(browser, { columns: 60, rows })
      expect(lines.filter((line) => line.includes('\x1b[7m')).length, String(rows)).toBe(1)
    }
  })

  test('tells in help every key there is', () => {
    const browser = browserOf(model)
    press(browser, '?')
    const text = screen(browser, { columns: 80, rows: 40 }).join('\n')
    for (const word of ['opens', 'values', 'pattern', 'leaves', 'differs']) expect(text).toContain(word)
    press(browser, 'x')
    expect(browser.overlay).toBeNull()
  })
})

describe('whatever is pressed, in whatever terminal', () => {
  const letters = [...'kjhlgGionNsfdeEcv?[]/ x']
  const someKey = fc.oneof(
    fc.constantFrom<Key>(...names.map((key) => ({ key: key as KeyName }))),
    fc.constantFrom<Key>(...letters.map((text) => ({ text }))),
    fc.constantFrom<Key>({ text: 'weight' }, { text: '**.{0..3}.*' }, { text: '[' }, { text: '漢字' }),
  )
  const somePress = fc.oneof(
    { weight: 8, arbitrary: someKey },
    fc.record({ columns: fc.integer({ min: 1, max: 170 }), rows: fc.integer({ min: 1, max: 50 }) }),
    fc.constant('work' as const),
  )
  const someEntries = fc.dictionary(
    fc
      .array(
        fc.oneof(fc.constantFrom('0', '1', '2', 'a', 'weight', '', ...nastyNames.slice(0, 40)), fc.string()),
        {
          minLength: 1,
          maxLength: 4,
        },
      )
      .map((segments) => segments.join('.'))
      .filter((name) => name !== '__proto__'),
    fc.constantFrom(['F32', [2]] as const, ['I64', []] as const, ['F16', [3, 4]] as const),
    { maxKeys: 25 },
  )

  const holds = (browser: Browser, presses: readonly (Key | Size | 'work')[]): void => {
    const drawn = new Screen(theme)
    let size: Size = { columns: 80, rows: 24 }
    for (const press of presses) {
      if (press === 'work') browser.work()
      else if ('columns' in press) size = press
      else browser.press(press)
      const lines = drawn.lines(browser, size)
      expect(lines.length).toBeLessThanOrEqual(size.rows)
      for (const line of lines) {
        const bare = line.replace(/\x1b\[(?:1|7|22|27)m/g, '')
        expect(bare).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
        expect(displayWidth(bare)).toBeLessThanOrEqual(size.columns)
      }
      expect(browser.rows.length === 0 || browser.row !== undefined).toBe(true)
      const { search, foundAt } = browser
      if (foundAt > 0) {
        const leaf = browser.row?.node
        expect(leaf?.type === 'tensor' && search?.hits[leaf.index]).toBe(1)
      }
    }
  }

  test('one checkpoint is shown within it', () => {
    fc.assert(
      fc.property(someEntries, fc.array(somePress, { maxLength: 40 }), (entries, presses) =>
        holds(browserOf(entries), presses),
      ),
      { numRuns: 60 },
    )
  })

  test('and so are two', () => {
    fc.assert(
      fc.property(someEntries, someEntries, fc.array(somePress, { maxLength: 40 }), (a, b, presses) =>
        holds(twoOf(a, { ...a, ...b }), presses),
      ),
      { numRuns: 40 },
    )
  })
})

test('docs/browse.md has the keys there are', () => {
  const docs = readFileSync('docs/browse.md', 'utf8')
  const table = docs.slice(docs.indexOf('<!-- keys'), docs.indexOf('<!-- /keys'))
  const rows = keyHelp.map(([keys, what]) => `| \`${keys}\` | ${what} |\n`)
  expect(table.split('|---|---|\n')[1]).toBe(rows.join(''))
})
