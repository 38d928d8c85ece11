import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { rules } from '../../src/check/all-rules.ts'
import { type CheckReport, checkReport } from '../../src/check/check-report.ts'
import type { CheckFinding } from '../../src/check/findings/check-finding.ts'
import { withFoldedFindings } from '../../src/check/findings/fold-findings.ts'
import { SdinspectError } from '../../src/errors.ts'
import { github } from '../../src/render/ci/github.ts'
import { gitlab } from '../../src/render/ci/gitlab.ts'
import { junit } from '../../src/render/ci/junit.ts'
import { metrics } from '../../src/render/ci/metrics.ts'
import { sarif } from '../../src/render/ci/sarif.ts'
import { tap } from '../../src/render/ci/tap.ts'
import { json } from '../../src/render/json-text.ts'
import { checkMarkdown } from '../../src/render/markdown/check-markdown.ts'
import { checkText } from '../../src/render/terminal/check-text.ts'
import { makeTheme } from '../../src/render/terminal/theme.ts'
import { nastyNames } from '../helpers/nasty-names.ts'

function finding(changes: Partial<CheckFinding>): CheckFinding {
  return {
    rule: 'lora/pairs',
    level: 'error',
    message: 'something is missing',
    path: 'models/a',
    file: null,
    line: null,
    column: null,
    tensor: null,
    key: null,
    args: {},
    fix: null,
    fingerprint: 'f'.repeat(32),
    suppressed: null,
    ...changes,
  }
}

function reportOf(findings: readonly CheckFinding[], path = 'models/a'): CheckReport {
  return checkReport(
    [
      {
        path,
        report: null,
        error: null,
        findings,
        ran: ['lora/pairs', 'format/valid'],
        skipped: [{ rule: 'values/finite', reason: 'the values of tensors are not read' }],
      },
      {
        path: `${path} (gone)`,
        report: null,
        error: new SdinspectError('source/not-found', `${path} is not there`),
        findings: [],
        ran: [],
        skipped: [],
      },
    ],
    [],
    { policy: null, threshold: { failOn: 'error', maxWarnings: null } },
  )
}

const hostile = (text: string): CheckReport =>
  reportOf(
    [
      finding({ message: text, tensor: text, file: text, fix: text, line: 3, column: 2, rule: text }),
      finding({ message: text, path: text, level: 'warning', suppressed: { by: 'policy', reason: text } }),
    ],
    text,
  )

const reports: Readonly<Record<string, (report: CheckReport) => Iterable<string>>> = {
  sarif: (report) => sarif(report, rules),
  junit,
  github,
  gitlab,
  tap,
  metrics,
  md: (report) => checkMarkdown(report, { showSuppressed: true }),
  json,
  text: function* (report) {
    for (const line of checkText(report, { showSuppressed: true }, makeTheme())) yield `${line}\n`
  },
}
const textOf = (name: string, report: CheckReport): string => [...(reports[name]?.(report) ?? [])].join('')

function schema(name: string): object {
  const bytes = readFileSync(`test/schemas/${name}`)
  return JSON.parse((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString())
}

describe('every report', () => {
  for (const name of Object.keys(reports))
    test(`says ${name} of hostile names without doing anything`, () => {
      for (const text of nastyNames) {
        const out = textOf(name, hostile(text))
        expect(out, JSON.stringify(text)).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/)
        expect(out).not.toMatch(/[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u)
        const commands = out.split('\n').filter((line) => /^\s*(?:::|##\[|##vso|\+\+\+|---(?! a))/.test(line))
        const own = commands.filter((line) =>
          /^::(?:error|warning) (?:file=[^:]*|title=sdinspect)::/.test(line),
        )
        expect(commands.length, `${JSON.stringify(text)}: ${commands}`).toBe(
          name === 'github' ? own.length : 0,
        )
      }
    })
})

test('a report names a tensor once, however its message quotes it', () => {
  for (const name of ['a.weight', 'x\x1b[2Jy', 'a"b', 'back\\slash']) {
    const out = textOf('text', reportOf([finding({ tensor: name, message: `odd: ${JSON.stringify(name)}` })]))
    expect(out.split('odd:')[0], name).not.toMatch(/weight|x.*y|a"b|slash/)
  }
})

describe('SARIF', () => {
  const {
    $schema: _,
    id: $id,
    ...body
  } = schema('sarif-2.1.0-rtm.5.json.gz') as { $schema: string; id: string }
  const validate = new Ajv({
    strict: false,
    validateFormats: false,
    unicodeRegExp: false,
    logger: false,
  }).compile({ $id, ...body })

  test('is valid by the published schema, whatever is in it', () => {
    for (const text of ['fc.weight', ...nastyNames]) {
      const log = JSON.parse(textOf('sarif', hostile(text)))
      expect(validate(log), JSON.stringify(validate.errors)).toBe(true)
    }
    expect(validate(JSON.parse(textOf('sarif', reportOf([]))))).toBe(true)
    expect(validate({ version: '2.1.0', runs: [{}] })).toBe(false)
  })

  test('carries the page of each rule that has a finding, as text and as Markdown', () => {
    const [run] = JSON.parse(textOf('sarif', reportOf([finding({})]))).runs
    const page = rules.find(({ id }) => id === 'lora/pairs')
    const [rule, ...others] = run.tool.driver.rules
    expect(others).toEqual([])
    expect(rule.help.text).toContain(`Fix: ${page?.fix}`)
    expect(rule.help.markdown).toMatch(/^## lora\/pairs\n/)
    expect(rule.help.markdown).toContain(page?.why)
  })

  test('links each rule to its page, and says how severe those of security are', () => {
    const [run] = JSON.parse(
      textOf('sarif', reportOf([finding({}), finding({ rule: 'security/pickle-globals' })])),
    ).runs
    expect(run.tool.driver.informationUri).toMatch(/^https:\/\//)
    const headings = [...readFileSync('docs/rules.md', 'utf8').matchAll(/^## (.*)$/gm)].map(
      ([, title = '']) => title.replaceAll('/', ''),
    )
    const byId = new Map(run.tool.driver.rules.map((rule: { id: string }) => [rule.id, rule]))
    expect([...byId.keys()].sort()).toEqual(['lora/pairs', 'security/pickle-globals'])
    for (const { helpUri } of run.tool.driver.rules) expect(headings).toContain(helpUri.split('#')[1])
    const security = byId.get('security/pickle-globals') as { properties: Record<string, unknown> }
    expect(security.properties).toMatchObject({ 'security-severity': '9.0' })
    expect(Number(security.properties['security-severity'])).toBeGreaterThan(7)
    expect((byId.get('lora/pairs') as typeof security).properties).not.toHaveProperty('security-severity')
  })

  test('says how many results are left out, and calls a file at a distance by its address', () => {
    const many = Array.from({ length: 5_002 }, (_, i) =>
      finding({ path: 'https://host:8080/a b.safetensors', tensor: `${i}` }),
    )
    const [run] = JSON.parse(textOf('sarif', reportOf(many))).runs
    expect(run.results).toHaveLength(5_000)
    expect(run.results[0].locations[0].physicalLocation.artifactLocation.uri).toBe(
      'https://host:8080/a%20b.safetensors',
    )
    expect(run.invocations[0].toolExecutionNotifications.at(-1)).toEqual({
      level: 'warning',
      message: { text: '2 more findings: the JSON report has all' },
    })
    const [few] = JSON.parse(textOf('sarif', reportOf(many.slice(0, 5_000)))).runs
    expect(few.invocations[0].toolExecutionNotifications).toHaveLength(1)
  })

  test('points at the line, names the tensor, and says what is suppressed and what failed', () => {
    const [run] = JSON.parse(
      textOf(
        'sarif',
        reportOf([
          finding({
            file: 'models/my model/index#1.json',
            line: 7,
            column: 3,
            tensor: 'a.{0}[b]',
            fix: 'write it again',
          }),
          finding({ level: 'info', suppressed: { by: 'baseline', reason: 'known' } }),
        ]),
      ),
    ).runs
    const [first, second] = run.results
    expect(first.message.text).toBe('a.{{0}}\\[b\\]: something is missing (fix: write it again)')
    expect(first.locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'models/my%20model/index%231.json' },
      region: { startLine: 7, startColumn: 3 },
    })
    expect(first.locations[0].logicalLocations[0].fullyQualifiedName).toBe('a.{0}[b]')
    expect(run.tool.driver.rules[first.ruleIndex].id).toBe('lora/pairs')
    expect(second.level).toBe('note')
    expect(second.suppressions[0].justification).toBe('known')
    expect(run.invocations[0].executionSuccessful).toBe(false)
  })
})

describe('JUnit', () => {
  test('is well-formed XML with the right sums', () => {
    for (const text of nastyNames) {
      const xml = textOf('junit', hostile(text))
      // XML 1.0, Char: what no document may hold, escaped or not.
      expect(xml, JSON.stringify(text)).not.toMatch(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u)
      const { elements, texts } = readXml(xml)
      expect(elements[0]).toMatchObject({ name: 'testsuites', failures: '1', errors: '1' })
      for (const content of texts) expect(content).not.toContain('<')
    }
  })

  test('has no elements and attributes but those that Jenkins takes', () => {
    // xunit-plugin, junit-10.xsd: the attributes of each element, those that have to be there first, and what is in it.
    const allowed: Readonly<
      Record<string, readonly [required: string[], others: string[], inside: string[]]>
    > = {
      testsuites: [[], ['name', 'time', 'tests', 'failures', 'errors'], ['testsuite']],
      testsuite: [
        ['name', 'tests', 'failures', 'errors'],
        ['group', 'time', 'skipped', 'timestamp', 'hostname', 'id', 'package', 'file', 'log', 'url'],
        ['testsuite', 'properties', 'testcase', 'system-out', 'system-err'],
      ],
      testcase: [
        ['name'],
        ['time', 'classname', 'group'],
        ['skipped', 'error', 'failure', 'system-out', 'system-err'],
      ],
      skipped: [[], ['type', 'message'], []],
      error: [[], ['type', 'message'], []],
      failure: [[], ['type', 'message'], []],
      'system-out': [[], [], []],
    }
    for (const text of nastyNames) {
      const open: string[] = []
      for (const [, close, name = '', attributes = '', empty] of textOf('junit', hostile(text)).matchAll(
        /<(\/?)([a-z-]+)((?:\s[a-z]+="[^"]*")*)\s*(\/?)>/g,
      )) {
        if (close === '/') {
          expect(open.pop()).toBe(name)
          continue
        }
        const around = open.at(-1)
        if (around !== undefined) expect(allowed[around]?.[2]).toContain(name)
        const names = [...attributes.matchAll(/\s([a-z]+)="/g)].map(([, one]) => one)
        const [required = [], others = []] = allowed[name] ?? []
        expect(names).toEqual(expect.arrayContaining(required))
        expect([...required, ...others]).toEqual(expect.arrayContaining(names))
        if (empty !== '/') open.push(name)
      }
      expect(open).toEqual([])
    }
  })

  test('has a case a rule, so that what was asked can be seen', () => {
    const { elements } = readXml(textOf('junit', reportOf([finding({ tensor: 'fc.weight' })])))
    const suite = elements.find(({ name }) => name === 'testsuite')
    expect(suite).toMatchObject({ tests: '3', failures: '1', errors: '0', skipped: '1' })
    const cases = elements.filter(({ name }) => name === 'testcase').map(({ classname }) => classname)
    expect(cases).toEqual(['lora/pairs', 'format/valid', 'values/finite', 'read'])
    expect(elements.find(({ name }) => name === 'failure')?.message).toBe('fc.weight: something is missing')
  })

  test('says of a checkpoint without a verdict why, and what was found in it all the same', () => {
    const unread = new SdinspectError('source/unread', 'the values of "a" were not read')
    const one = {
      path: 'models/a',
      report: null,
      error: unread,
      findings: [finding({})],
      ran: ['lora/pairs'],
      skipped: [],
    }
    const report = checkReport([one], [], { policy: null, threshold: { failOn: 'error', maxWarnings: null } })
    const { elements } = readXml(textOf('junit', report))
    expect(elements[0]).toMatchObject({ tests: '2', failures: '1', errors: '1' })
    expect(elements.filter(({ name }) => name === 'testcase')).toHaveLength(2)
    expect(elements.find(({ name }) => name === 'error')?.message).toBe('the values of "a" were not read')
    expect(elements.find(({ name }) => name === 'failure')?.message).toBe('something is missing')
  })

  test('shows what is suppressed as skipped', () => {
    const one = finding({ suppressed: { by: 'policy', reason: 'agreed' } })
    const { elements } = readXml(textOf('junit', reportOf([one])))
    expect(elements[1]).toMatchObject({ failures: '0', skipped: '2' })
    expect(elements.filter(({ name }) => name === 'skipped')[0]?.message).toBe('suppressed: agreed')
  })
})

describe('what fails nothing', () => {
  const warned = checkReport(
    [
      {
        path: 'a',
        report: null,
        error: null,
        findings: [finding({ path: 'a', level: 'warning' })],
        ran: ['lora/pairs'],
        skipped: [],
      },
    ],
    [],
    { policy: null, threshold: { failOn: 'error', maxWarnings: null } },
  )
  const strict = checkReport(
    [
      {
        path: 'a',
        report: null,
        error: null,
        findings: [finding({ path: 'a', level: 'warning' })],
        ran: ['lora/pairs'],
        skipped: [],
      },
    ],
    [],
    { policy: null, threshold: { failOn: 'error', maxWarnings: 0 } },
  )

  test('is no failure in JUnit and TAP, and is shown', () => {
    expect([warned.status, warned.failing]).toEqual(['pass', 'error'])
    const { elements, texts } = readXml(textOf('junit', warned))
    expect(elements[0]).toMatchObject({ failures: '0' })
    expect(elements.filter(({ name }) => name === 'failure')).toEqual([])
    expect(texts.join('')).toContain('warning: something is missing')
    expect(textOf('tap', warned)).toBe(
      'TAP version 14\n1..1\nok 1 - a: lora/pairs\n# warning: something is missing\n',
    )
  })

  test('is one where more warnings than allowed fail the check', () => {
    expect([strict.status, strict.failing]).toEqual(['fail', 'warning'])
    expect(readXml(textOf('junit', strict)).elements[0]).toMatchObject({ failures: '1' })
    expect(textOf('tap', strict)).toContain('not ok 1 - a: lora/pairs: something is missing')
  })
})

describe('paths', () => {
  const workspace = { root: '/repo', folder: '/repo/sub' }

  test.each([
    ['models/a', 'sub/models/a'],
    ['./a', 'sub/a'],
    ['../other/a', 'other/a'],
    ['/repo/x/a', 'x/a'],
    ['/elsewhere/a', '/elsewhere/a'],
    ['../../a', '../../a'],
    ['https://host/a.safetensors', 'https://host/a.safetensors'],
    ['', 'sub'],
  ])('%j is %j from the root of the workspace', (path, shown) => {
    const report = reportOf([finding({ path, file: path })], path)
    expect(JSON.parse([...gitlab(report, workspace)].join(''))[0].location.path).toBe(shown)
    const [annotation] = github(report, workspace)
    expect(annotation).toContain(`file=${shown.replaceAll(':', '%3A')},`)
    const [run] = JSON.parse([...sarif(report, rules, workspace)].join('')).runs
    const { uri } = run.results[0].locations[0].physicalLocation.artifactLocation
    expect(decodeURIComponent(uri).replace('file://', '')).toBe(shown)
  })
})

describe('GitLab', () => {
  const validate = new Ajv({ logger: false }).compile(schema('gitlab-code-quality.json'))

  test('is a valid list, with a fingerprint for each finding', () => {
    for (const text of nastyNames.filter((name) => name !== '')) {
      const list = JSON.parse(textOf('gitlab', hostile(text)))
      expect(validate(list), JSON.stringify(validate.errors)).toBe(true)
      expect(list).toHaveLength(2)
      expect(new Set(list.map((one: { fingerprint: string }) => one.fingerprint)).size).toBe(2)
    }
    const none = { ...reportOf([]), checkpoints: [] }
    expect(JSON.parse(textOf('gitlab', none))).toEqual([])
  })

  test('says what could not be read, which has no finding and is no pass', () => {
    expect(JSON.parse(textOf('gitlab', reportOf([])))).toMatchObject([
      {
        check_name: 'source/not-found',
        description: 'could not check models/a (gone): models/a is not there',
        severity: 'blocker',
        location: { path: 'models/a (gone)' },
      },
    ])
  })
})

describe('GitHub', () => {
  test('writes commands that the runner reads back as they were meant', () => {
    const out = textOf(
      'github',
      reportOf([finding({ file: 'a,b:c.yaml', line: 2, message: '100 %, really: yes' })]),
    )
    expect(out.split('\n')[0]).toBe(
      '::error file=a%2Cb%3Ac.yaml,line=2,title=sdinspect lora/pairs::100 %25, really: yes',
    )
  })

  test('shows at most ten of a level, the tenth saying how many more there are', () => {
    const many = Array.from({ length: 30 }, (_, i) => finding({ tensor: `layer.${i}`, message: `no ${i}` }))
    const lines = textOf('github', reportOf([...many, finding({ level: 'warning' })])).split('\n')
    const errors = lines.filter((line) => line.startsWith('::error') && !line.includes('could not check'))
    expect(errors).toHaveLength(10)
    expect(errors[9]).toBe(
      '::error title=sdinspect::21 more findings of level error: see the log or the job summary',
    )
    expect(lines.filter((line) => line.startsWith('::warning'))).toHaveLength(1)
  })
})

describe('TAP', () => {
  test('counts its points, and escapes what would be a directive', () => {
    const lines = textOf('tap', reportOf([finding({ message: 'is # SKIP this' })]))
      .trimEnd()
      .split('\n')
    expect(lines.slice(0, 2)).toEqual(['TAP version 14', '1..4'])
    expect(lines[2]).toBe('not ok 1 - models/a: lora/pairs: is \\# SKIP this')
    expect(lines[4]).toBe('ok 3 - models/a: values/finite # SKIP the values of tensors are not read')
    expect(lines[5]).toMatch(/^not ok 4 - models\/a \(gone\): /)
  })
})

describe('Markdown', () => {
  test('stays below what GitHub takes for a job summary', () => {
    const many = Array.from({ length: 20_000 }, (_, i) =>
      finding({ message: `漢字 ${i} ${'x'.repeat(500)}` }),
    )
    const out = textOf('md', reportOf(many))
    expect(new TextEncoder().encode(out).length).toBeLessThan(1_000_000)
    expect(out).toMatch(/more findings: the JSON report has all of them/)
  })
})

describe('metrics', () => {
  test('are flat numbers', () => {
    const values = JSON.parse(textOf('metrics', reportOf([finding({})])))
    for (const value of Object.values(values)) expect(typeof value).toBe('number')
    expect(values).toMatchObject({ passed: 0, errors: 1, unreadable: 1 })
  })
})

describe('findings in the same words', () => {
  test('are read once, with their names folded', () => {
    const many = Array.from({ length: 32 }, (_, i) =>
      finding({ tensor: `layers.${i}.weight`, message: 'is F32' }),
    )
    const { findings, summary } = withFoldedFindings(reportOf(many))
    expect(findings).toHaveLength(1)
    expect(findings[0]?.message).toBe('32 tensors, "layers.{0..31}.weight": is F32')
    expect(summary.errors).toBe(32)
  })

  const notFinite = (i: number, nan: number, file: string | null = null) =>
    finding({
      rule: 'values/finite',
      tensor: `layers.${i}.weight`,
      file,
      message: `${nan} are NaN of the 256 values of "layers.${i}.weight"`,
      args: { nan, infinite: 0, elements: 256 },
    })
  const foldedMessages = (all: CheckReport['findings']) =>
    withFoldedFindings(reportOf(all), { alike: true }).findings.map(({ message }) => message)

  test('are those of blocks that are alike, whose names are folded into what is said', () => {
    const many = Array.from({ length: 12 }, (_, i) => notFinite(i, 4, `${i}.safetensors`))
    const { findings } = withFoldedFindings(reportOf(many), { alike: true })
    expect(findings).toMatchObject([
      {
        tensor: 'layers.{0..11}.weight',
        file: null,
        message: '12 tensors: 4 are NaN of the 256 values of "layers.{0..11}.weight"',
      },
    ])
  })

  test('may differ in what only measures: then the first is told, and which are like it', () => {
    expect(foldedMessages(Array.from({ length: 12 }, (_, i) => notFinite(i, i + 2)))).toEqual([
      '2 are NaN of the 256 values of "layers.0.weight"; likewise 11 more tensors: "layers.{1..11}.weight"',
    ])
  })

  test('stay apart where the facts differ, and where programs track them', () => {
    const [one, two] = [notFinite(0, 2), notFinite(1, 2)]
    const other = { ...two, args: { ...two.args, elements: 512 } }
    const suppressed = { ...two, suppressed: { by: 'policy', reason: 'known' } as const }
    expect(foldedMessages([one, other])).toHaveLength(2)
    expect(foldedMessages([one, { ...two, level: 'info' }])).toHaveLength(2)
    expect(foldedMessages([one, suppressed])).toHaveLength(2)
    expect(foldedMessages([one, { ...two, tensor: 'layers.1.bias' }])).toHaveLength(2)
    expect(withFoldedFindings(reportOf([one, two])).findings).toHaveLength(2)
  })
})

interface Element {
  readonly name: string
  readonly [attribute: string]: string
}

/** Elements and texts of a document of elements, attributes, texts and the five entities; anything else throws. */
function readXml(xml: string): { elements: Element[]; texts: string[] } {
  const elements: Element[] = []
  const texts: string[] = []
  const open: string[] = []
  const decoded = (text: string): string =>
    text.replace(/&(\w+);|&/g, (found, name) => {
      const character = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }[name as string]
      if (character === undefined) throw new Error(`entity ${found}`)
      return character
    })
  const token = /<\?xml [^?]*\?>|<(\/?)([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>|([^<]+)/y
  for (let at = 0; at < xml.length; at = token.lastIndex) {
    token.lastIndex = at
    const found = token.exec(xml)
    if (found === null) throw new Error(`no XML: ${xml.slice(at, at + 80)}`)
    const [, close, name, attributes = '', empty, text] = found
    if (text !== undefined) texts.push(text)
    if (name === undefined) continue
    if (close === '/') {
      if (open.pop() !== name) throw new Error(`</${name}> closes something else`)
      continue
    }
    const pairs = [...attributes.matchAll(/ ([a-z]+)="([^"]*)"/g)].map(([, key, value]): [string, string] => [
      key as string,
      decoded(value as string),
    ])
    elements.push({
      ...Object.fromEntries(pairs.map(([key, value]) => [key === 'name' ? 'title' : key, value])),
      name,
    })
    if (empty !== '/') open.push(name)
  }
  if (open.length > 0) throw new Error(`${open.at(-1)} is never closed`)
  return { elements, texts }
}
