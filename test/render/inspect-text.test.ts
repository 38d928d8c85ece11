import { describe, expect, test } from 'vitest'
import { inspectText, treeText } from '../../src/render/terminal/inspect-text.ts'
import { loadTheme, makeTheme, type ThemeOptions } from '../../src/render/terminal/theme.ts'
import { displayWidth } from '../../src/render/width.ts'
import { blocks, makeReport, makeStateDict, type TensorGiven } from './make-report.ts'

const lines = (given: readonly TensorGiven[], theme: Omit<ThemeOptions, 'color'> = {}, depth?: number) => [
  ...inspectText(makeReport([makeStateDict(given)]), depth === undefined ? {} : { depth }, makeTheme(theme)),
]

/** What a line may hold: text, and our own colours. */
const stripped = (line: string) => line.replace(/\x1b\[(?:[0-9]+;)*[0-9]+m/g, '')

const hostile = [
  '\x1b[2J',
  '\x1b]0;title\x07',
  '\u009b31m',
  'a\rOK',
  'a\u202eb',
  '└── fake',
  '::error file=x::msg',
  'x ##[add-mask]a',
  '##vso[task.complete]',
  'section_start:1:x',
  '--- fake',
  '%s %d',
  '__proto__',
  '',
  'Total params:  1',
  'z'.repeat(100_000),
]

describe('inspect', () => {
  test('shows the tree folded, with totals of all blocks and of each', () => {
    const text = lines(blocks(32)).join('\n')
    expect(text).toMatch(/layers\.\{0\.\.31\} ×32 +each 80 +F32 +2,560 +10\.24/)
    expect(text).toMatch(/Total params: +3,360/)
    expect(text).toMatch(/Trainable params: +at most 3,360/)
  })

  test('gives the share of all blocks of the folds a line is in', () => {
    const text = lines(blocks(5)).join('\n')
    // 5 blocks of 8 norm and 72 projection weights beside 800 of the embedding.
    expect(text).toMatch(/norm .* 3 %$/m)
    expect(text).toMatch(/proj .* 30 %$/m)
    expect(text).toMatch(/embed .* 67 %$/m)
  })

  test('keeps the lines of a deep tree short and says how deep they are', () => {
    const given = Array.from({ length: 200 }, (_, i) => ({ name: `${'a.'.repeat(i)}w${i}`, shape: [i + 1] }))
    const shown = [...treeText(makeStateDict(given), {}, makeTheme())]
    expect(Math.max(...shown.map((line) => line.length))).toBeLessThan(250)
    expect(shown.join('\n')).toContain('…150 a')
  })

  test('fits the terminal, and keeps every name and number whole', () => {
    const name = 'a_projection_with_a_name_far_longer_than_any_terminal_is_wide_to_show_it'
    const given = blocks(3).map((tensor) => ({ ...tensor, name: tensor.name.replace('proj', name) }))
    for (const columns of [48, 60, 80, 100, 132, 160]) {
      const shown = lines(given, { columns })
      for (const line of shown) expect(displayWidth(line)).toBeLessThanOrEqual(columns)
      // On lines of its own where there is no room beside the numbers: guides and spaces apart it is one word.
      expect(shown.join('').replaceAll(/[│ ]/g, '')).toContain(name)
      expect(shown.join('\n')).toMatch(/×3.* 240( |$)/m)
    }
  })

  test('leaves out columns rather than a digit where a terminal is very narrow', () => {
    const given = [
      { name: 'a.weight', shape: [123_456, 100_000] },
      { name: 'a.running_mean', shape: [123_456], kind: 'buffer' as const, dtype: 'F16' as const },
    ]
    for (const line of lines(given, { columns: 44 }).slice(3, 7))
      expect(displayWidth(line)).toBeLessThanOrEqual(44)
    expect(lines(given, { columns: 44 }).join('\n')).toMatch(/^a +12,345,600,000 +123,456$/m)
    expect(lines(given, { columns: 80 }).join('\n')).toMatch(/^a .*F32 +12,345,600,000 +123,456 +49,382/m)
  })

  test('cuts nothing in a pipe', () => {
    const name = `${'very_'.repeat(40)}long.weight`
    expect(lines([{ name, shape: [2] }]).join('\n')).toContain(`${'very_'.repeat(40)}long`)
  })

  test('writes ASCII only when asked to, whatever the file holds', () => {
    const given = [...blocks(3), { name: '模型.é.weight', shape: [2], kind: 'buffer' as const }]
    for (const line of lines(given, { ascii: true, columns: 100 })) expect(line).toMatch(/^[\x20-\x7e]*$/)
  })

  test.each([0, 1, 2, 3] as const)(
    'lets no name command a terminal or a runner, at colour level %i',
    async (color) => {
      const given = hostile.map((name) => ({ name: `${name}.${name}`, shape: [2] }))
      const report = makeReport([makeStateDict(given, { notes: hostile, prefixes: hostile })], {
        path: '\x1b[2J',
        producer: '::error::x',
        findings: hostile.map((message) => ({
          rule: 'a/b',
          level: 'error',
          message,
          file: message,
          fix: message,
        })),
        values: hostile.map((path) => ({ path, value: path })),
      })
      for (const columns of [null, 80])
        for (const line of [
          ...inspectText(report, {}, await loadTheme({ color, columns, interactive: true })),
          ...treeText(report.stateDicts[0] ?? makeStateDict([]), {}, await loadTheme({ color, columns })),
        ]) {
          const bare = stripped(line)
          expect(bare).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
          expect(bare).not.toMatch(/^\s*::|##\[|##vso|section_start:|^\s*---/)
          expect(bare.length).toBeLessThan(4_000)
        }
    },
  )

  test('says of every assumed kind that it is assumed', () => {
    const given = [
      { name: 'scale', shape: [2], kindLevel: 'assumed' as const },
      { name: 'm.mask', shape: [2], kind: 'buffer' as const, kindLevel: 'assumed' as const },
      { name: 'm.table', shape: [2] },
    ]
    const text = lines(given).join('\n')
    expect(text).toMatch(/scale +param\? \[2\]/)
    expect(text).toMatch(/mask +○ buffer\? \[2\]/)
    expect(text).toMatch(/table +param \[2\]/)
    expect(text).toContain('2 tensors whose kind is a guess')
  })

  test('counts tied tensors once and names the pair', () => {
    const text = lines([
      { name: 'embed.weight', shape: [10, 2] },
      { name: 'head.weight', shape: [10, 2], tiedTo: 'embed.weight' },
    ]).join('\n')
    expect(text).toMatch(/Total params: +20 /)
    expect(text).toContain('counted once: head.weight = embed.weight')
    expect(text).toMatch(/head .*= embed\.weight.* --/)
  })

  test('gives three numbers for packed weights', () => {
    const scheme = 'GPTQ 4-bit'
    const text = lines([
      {
        name: 'q.qweight',
        shape: [8],
        dtype: 'I32',
        kind: 'buffer',
        quantised: { scheme, logicalElements: 64 },
      },
      {
        name: 'q.scales',
        shape: [2],
        dtype: 'F16',
        kind: 'buffer',
        quantised: { scheme, logicalElements: 0 },
      },
      { name: 'n.weight', shape: [8], dtype: 'F16' },
    ]).join('\n')
    expect(text).toMatch(/Total params: +72 /)
    expect(text).toMatch(/Stored elements: +18 /)
    expect(text).toMatch(/Bookkeeping: +2 /)
  })

  test('tells frozen parameters apart', () => {
    const text = lines([
      { name: 'body.weight', shape: [8], trainable: 'no' },
      { name: 'head.weight', shape: [2], trainable: 'yes' },
    ]).join('\n')
    expect(text).toMatch(/body .*frozen/)
    expect(text).toMatch(/Trainable params: +2 /)
    expect(text).toMatch(/Non-trainable params: +8/)
  })

  test('caps the lines of a wide tree and says how to see the rest', () => {
    const given = Array.from({ length: 500 }, (_, i) => ({
      name: `n${'x'.repeat(i % 7)}y${i}`,
      shape: [i + 1],
    }))
    const shown = lines(given)
    expect(shown.length).toBeLessThan(80)
    expect(shown.join('\n')).toContain('… 440 more lines (--all shows them)')
    expect([...treeText(makeStateDict(given), {}, makeTheme())].length).toBe(502)
    const all = lines(given, { all: true }).join('\n')
    for (const { name } of given) expect(all).toContain(`${name} `)
    expect(all).not.toMatch(/ more\b/)
  })

  test('shows metadata and findings to their end where all is asked for', () => {
    const report = {
      ...makeReport([makeStateDict([{ name: 'a.weight', shape: [4] }])]),
      metadata: new Map(Array.from({ length: 20 }, (_, i) => [`key${i}`, `value${i}`])),
      findings: Array.from({ length: 30 }, (_, i) => ({
        rule: 'index/missing-shard',
        level: 'error' as const,
        message: `shard ${i} is missing`,
      })),
    }
    const shown = (all: boolean) => [...inspectText(report, {}, makeTheme({ all }))].join('\n')
    expect(shown(false)).toContain('14 more (--all shows them)')
    expect(shown(false)).toContain('18 more findings (--all shows them)')
    for (let i = 0; i < 20; i++) expect(shown(true)).toContain(`key${i} value${i}`)
    for (let i = 0; i < 30; i++) expect(shown(true)).toContain(`shard ${i} is missing`)
    expect(shown(true)).not.toMatch(/ more\b/)
  })

  test('lists the state dicts of a file that has several, and shows the one asked for', () => {
    const report = makeReport([
      makeStateDict([{ name: 'a.weight', shape: [4] }], { path: 'model' }),
      makeStateDict([{ name: 'b.weight', shape: [6] }], { path: 'ema', role: 'ema' }),
    ])
    const text = [...inspectText(report, { at: 'ema' }, makeTheme())].join('\n')
    expect(text).toMatch(/ {2}model +model +1 +4 /)
    expect(text).toMatch(/→ ema +ema +1 +6 /)
    expect(text).toMatch(/^b /m)
    expect(text).not.toMatch(/^a /m)
  })

  test('answers for a state dict without tensors', () => {
    expect(lines([]).join('\n')).toContain('no tensors')
  })

  test('names the prefix all names share and what puts it there', () => {
    const report = makeReport([makeStateDict(blocks(1), { prefixes: ['module.', '_orig_mod.'] })])
    expect([...inspectText(report, {}, makeTheme())].join('\n')).toContain(
      'all names start with module._orig_mod. (DataParallel, DistributedDataParallel or AveragedModel, torch.compile)',
    )
  })

  test('suggests the next command to people only', () => {
    expect(lines(blocks(1)).join('\n')).not.toContain('next:')
    expect(lines(blocks(1), { interactive: true, columns: 80 }).join('\n')).toContain('next: sdinspect why')
  })

  test('shows as many levels as asked for', () => {
    const text = (depth: number) => lines(blocks(4), {}, depth).join('\n')
    expect(text(1)).not.toContain('layers.')
    expect(text(1)).toMatch(/^model +13 tensors/m)
    expect(text(2)).toContain('layers.{0..3} ×4')
    expect(text(2)).not.toContain('proj')
    expect(text(4)).toMatch(/└─ bias +param \[8\]/)
  })

  test('suggests no command that a shell would read as more than words', () => {
    for (const path of ['$(touch x)', 'a;b', '`x`', '-rf', 'a b']) {
      const report = makeReport([makeStateDict(blocks(1))], { path })
      const shown = [...inspectText(report, {}, makeTheme({ interactive: true, columns: 80 }))]
      expect(shown.join('\n')).not.toContain('next:')
    }
  })

  test('shows the metadata of the file shortly, whatever is in it', () => {
    const metadata = new Map<string, string>([
      ['format', 'pt'],
      ['__proto__', '\x1b[2J'],
      ['document', 'x'.repeat(100_000)],
      ...Array.from({ length: 40 }, (_, i): [string, string] => [`ss_${i}`, 'v']),
    ])
    const report = makeReport([makeStateDict(blocks(1))], { metadata })
    const text = [...inspectText(report, {}, makeTheme())].join('\n')
    expect(text).toContain('metadata   format pt, __proto__ \\x1b[2J, document xxx')
    expect(text).toContain('37 more')
    expect(text.length).toBeLessThan(3_000)
  })

  test('tells the values at the top of the file, and how many more there are', () => {
    const values = [
      { path: 'optimizer.param_groups.0.lr', value: '0.1' },
      { path: 'args.lr', value: 'x'.repeat(500) },
      { path: 'epoch', value: '3' },
    ]
    const text = [...inspectText(makeReport([makeStateDict(blocks(1))], { values }), {}, makeTheme())].join(
      '\n',
    )
    expect(text).toMatch(/also here {2}epoch 3, args\.lr x{59}…, 1 more/)
  })

  test('names the class of the whole model when it is known', () => {
    const module = { path: '', classes: ['ResNet'], detail: '', level: 'declared' as const }
    const report = makeReport([makeStateDict(blocks(1), { modules: [module] })])
    expect([...inspectText(report, {}, makeTheme())][0]).toBe('model.safetensors  ResNet')
  })

  test('tells findings before the tree, errors first, each with what to do', () => {
    const report = makeReport([makeStateDict(blocks(1))], {
      findings: [
        { rule: 'a/hint', level: 'info', message: 'worth knowing' },
        {
          rule: 'index/missing-shard',
          level: 'error',
          message: 'shard 2 is not there',
          file: 'm-2',
          fix: 'fetch it',
        },
      ],
    })
    const text = [...inspectText(report, {}, makeTheme())].join('\n')
    expect(text).toMatch(
      /✖ error {2}index\/missing-shard\n {2}m-2: shard 2 is not there\n {2}→ fetch it\n● info {2}a\/hint\n {2}worth knowing\n\nLayer/,
    )
  })
})
