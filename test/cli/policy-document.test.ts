import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { schemaText, validatorCode } from '../../scripts/policy/schema.ts'
import { compilePolicy } from '../../src/check/policy/compile-policy.ts'
import { parsePolicy } from '../../src/cli/files/policy-document.ts'
import { isSdinspectError } from '../../src/errors.ts'

function refusal(text: string): string {
  try {
    compilePolicy(parsePolicy(text, 'p.yaml'))
  } catch (error) {
    if (!isSdinspectError(error, 'usage/policy')) throw error
    return error.hint === undefined ? error.message : `${error.message} (${error.hint})`
  }
  throw new Error('the policy was taken')
}

describe('a policy file', () => {
  test.each([
    ['version: 1\ntensor: []\n', 'p.yaml:2:1: unknown key "tensor" (did you mean tensors?)'],
    [
      'version: 1\nrules:\n  shards/incomplet: off\n',
      'p.yaml:3:3: unknown rule "shards/incomplet" in rules (did you mean shards/incomplete?)',
    ],
    [
      'version: 1\nrules: { lora/rank: fatal }\n',
      'p.yaml:2:10: rules.lora/rank is "fatal", expected error, warning, info or off',
    ],
    ['version: 2\n', 'p.yaml:1:1: version is 2, expected 1'],
    ['{}', 'p.yaml:1:1: the policy has no "version"'],
    ['version: 1\ntensors:\n  - dtype: F32\n', 'p.yaml:3:5: tensors[0] has no "match"'],
    [
      'version: 1\ntensors:\n  - match: a\n    dtype: float32\n',
      'p.yaml:4:5: tensors[0].dtype is "float32", expected an element type as sdinspect shows it (BF16), or a list of them',
    ],
    [
      'version: 1\ncounts: { parameters: seven }\n',
      'p.yaml:2:11: counts.parameters is "seven", expected a whole number (or 7B, 12k, 7B ± 5 %), or an object of min and max',
    ],
    [
      'version: 1\nsizes: { total: 5 gigs }\n',
      'p.yaml:2:10: sizes.total is "5 gigs", expected bytes (a number, or 5GB, 1.5 GiB, ≤ 14 GB), or an object of min and max',
    ],
    ['version: 1\nsuppress: [{ rule: lora/rank }]\n', 'p.yaml:2:12: suppress[0] has no "reason"'],
    [
      'version: 1\nsuppress: [{ rule: lora/rank, reason: " " }]\n',
      'p.yaml:2:31: suppress[0].reason is " ", expected a reason in words',
    ],
    [
      'version: 1\nsuppress: [{ rule: lora/rank, reason: x, expires: 2027-13-01 }]\n',
      'p.yaml:2:42: suppress[0].expires is "2027-13-01", expected a date: 2027-06-30',
    ],
    [
      'version: 1\nsuppress: [{ rule: lora/rang, reason: x }]\n',
      'p.yaml:2:14: suppress[0].rule is "lora/rang", expected the id of a rule (did you mean lora/rank?)',
    ],
    [
      'version: 1\nforbidden:\n  - "a.{b"\n',
      'p.yaml:3:5: pattern "a.{b": "{" is never closed, at character 3 (a character with a meaning of its own is taken as it is after a "\\")',
    ],
    ['version: 1\nversion: 1\n', 'p.yaml:2:1: the key "version" is there twice'],
    ['version: 1\nmetadata: { a: x, b: y, "a": z }\n', 'p.yaml:2:25: the key "a" is there twice'],
    ['version: 1\nbad: [\n', 'p.yaml:3:1: Flow sequence'],
    ['', 'p.yaml:1:1: the policy is null, expected'],
    ['- 1', 'p.yaml:1:1: the policy is a list, expected'],
  ])('that reads %j is refused with its place', (text, message) => {
    expect(refusal(text).startsWith(message), refusal(text)).toBe(true)
  })

  test('with a bomb of aliases is refused', () => {
    const lines = ['version: 1', 'a: &a [x, x, x, x, x, x, x, x, x, x]']
    for (let i = 1; i < 12; i++)
      lines.push(
        `${'abcdefghijkl'[i]}: &${'abcdefghijkl'[i]} [${Array(10)
          .fill(`*${'abcdefghijkl'[i - 1]}`)
          .join(', ')}]`,
      )
    expect(refusal(lines.join('\n'))).toContain('alias')
  })

  test('may be JSON, and may have keys that are names of objects', () => {
    const text = '{ "version": 1, "metadata": { "__proto__": "x", "constructor": "y" } }'
    const { expected } = compilePolicy(parsePolicy(text, 'p.json')).expectedOf(['model'])
    expect(expected.metadata.map(({ key, values }) => [key, values])).toEqual([
      ['__proto__', ['x']],
      ['constructor', ['y']],
    ])
  })

  test('tells all that is wrong in one go', () => {
    expect(refusal('version: 1\nallow: []\nrules: { a/b: off }\n')).toContain(
      'p.yaml:3:10: unknown rule "a/b"',
    )
  })

  test('of 100,000 unknown keys is refused with the first of them', () => {
    const keys = Array.from({ length: 100_000 }, (_, i) => `k${i}: 1`)
    const message = refusal(['version: 1', ...keys].join('\n'))
    expect(message).toMatch(/^p\.yaml:2:1: unknown key "k0"; .*"k4"; and 99995 more/)
  })

  test('is about checkpoints by their path and by their files', () => {
    const text =
      'version: 1\noverrides: [{ files: ["adapters/**/*.safetensors", "m-{1..3}"], counts: { tensors: 1 } }]\n'
    const { expectedOf } = compilePolicy(parsePolicy(text, 'p.yaml'))
    const isAbout = (...paths: string[]): boolean => expectedOf(paths).expected.counts.has('tensors')
    expect(isAbout('adapters/a', 'adapters/a/x.safetensors')).toBe(true)
    expect(isAbout('m-2')).toBe(true)
    expect(isAbout('m-4')).toBe(false)
    expect(isAbout('other/adapters/a/x.safetensors')).toBe(false)
    expect(isAbout('adapters/a/xxsafetensors')).toBe(false)
  })
})

describe('the documentation', () => {
  test('shows a policy that is one, and workflows that are YAML', () => {
    const blocks = [...readFileSync('docs/ci.md', 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)].map(
      ([, text]) => text as string,
    )
    const [policy, ...others] = blocks
    expect(compilePolicy(parsePolicy(policy ?? '', 'docs/ci.md')).document.policy.version).toBe(1)
    expect(others.length).toBeGreaterThanOrEqual(5)
    for (const text of others) expect(() => parse(text)).not.toThrow()
  })
})

describe('the published schema of policies', () => {
  test('is what the rules and the code say: npm run docs writes it', () => {
    expect(readFileSync('schema/policy.v1.json', 'utf8')).toBe(schemaText)
  })

  test('is what the validator was made from', () => {
    expect(readFileSync('src/cli/files/policy-validator.generated.js', 'utf8')).toBe(validatorCode())
  })
})
