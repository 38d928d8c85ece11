import { describe, expect, test } from 'vitest'
import { checkRules } from '../../src/check/rules/index.ts'
import { checked, heldTo } from '../helpers/check.ts'
import type { Entries, Surrounding } from '../helpers/checkpoint.ts'

const model: Entries = {
  'emb.weight': ['F32', [10, 4]],
  'layers.0.weight': ['F32', [4, 4]],
  'layers.1.weight': ['F32', [4, 4]],
  'bn.weight': ['F32', [4]],
  'bn.bias': ['F32', [4]],
  'bn.running_mean': ['F32', [4]],
  'bn.running_var': ['F32', [4]],
  'bn.num_batches_tracked': ['I64', []],
}

interface PolicyCase {
  /** Holds of the model above. */
  readonly good: string
  /** Does not. */
  readonly bad: string
  /** `line:column level message`, each finding. */
  readonly findings: readonly string[]
  readonly around?: Surrounding
}

/** Lines are those of the policy, whose first line is the version. */
const cases: Readonly<Record<string, PolicyCase>> = {
  'tensors/required': {
    good: 'tensors: [{ match: emb.weight }, { match: "head.*", required: false }]',
    bad: 'tensors: [{ match: emb.weight }, { match: "layer.*.weight" }]',
    findings: ['2:36 error no tensor fits "layer.*.weight"'],
  },
  'tensors/count': {
    good: 'tensors: [{ match: "layers.*.weight", count: 2 }, { match: "bn.*", count: { min: 4 } }]',
    bad: 'tensors: [{ match: "layers.*.weight", count: 3 }, { match: "bn.*", count: { max: 4 } }]',
    findings: [
      '2:39 error 2 tensors fit "layers.*.weight", expected exactly 3',
      '2:68 error 5 tensors fit "bn.*", expected at most 4',
    ],
  },
  'tensors/forbidden': {
    good: 'forbidden: ["**.lora_A.*"]',
    bad: 'forbidden: ["layers.**"]',
    findings: ['2:13 error layers.0.weight 2 tensors fit "layers.**": "layers.{0,1}.weight"'],
  },
  'tensors/unexpected': {
    good: 'allowed: ["emb.*", "layers.**", "bn.*"]',
    bad: 'allowed: ["emb.*", "bn.*"]',
    findings: ['2:11 warning 2 tensors "layers.{0,1}.weight" are not expected'],
  },
  'policy/no-match': {
    good: 'allowed: ["**"]',
    bad: 'allowed: ["**", "heads.*"]',
    findings: ['2:17 error the allowed pattern "heads.*" fits no tensor'],
  },
  'tensors/shape': {
    good: 'tensors: [{ match: "layers.*.weight", shape: [4, "*"] }]',
    bad: 'tensors: [{ match: "layers.1.weight", shape: [4, 8] }, { match: bn.bias, shape: ["*", 4] }]',
    findings: [
      '2:39 error layers.1.weight shape [4, 4], expected [4, 8]',
      '2:74 error bn.bias shape [4], expected [*, 4]',
    ],
  },
  'tensors/dtype': {
    good: 'tensors: [{ match: "**", dtype: F32 }, { match: "**.num_batches_tracked", dtype: [I32, I64] }]',
    bad: 'tensors: [{ match: "**", dtype: F32 }]',
    findings: ['2:26 error bn.num_batches_tracked I64, expected F32'],
  },
  'tensors/kind': {
    good: 'tensors: [{ match: "**.running_mean", kind: buffer }]',
    bad: 'tensors: [{ match: bn.num_batches_tracked, kind: parameter }]',
    findings: [
      '2:44 error bn.num_batches_tracked buffer (recognised: running_mean, running_var and num_batches_tracked beside weight and bias of equal length: batch norm), expected parameter',
    ],
  },
  'tensors/trainable': {
    good: 'tensors: [{ match: bn.num_batches_tracked, trainable: no }]',
    bad: 'tensors: [{ match: emb.weight, trainable: true }]',
    findings: ['2:32 error emb.weight trainable: unknown'],
  },
  'counts/parameters': {
    good: 'counts: { parameters: 80 }',
    bad: 'counts: { parameters: { min: 100, max: 120 } }',
    findings: ['2:11 error 80 parameters, expected 100 to 120'],
  },
  'counts/logical': {
    good: 'counts: { logical: 80 }',
    bad: 'counts: { logical: 81 }',
    findings: ['2:11 error 80 logical parameters, expected exactly 81'],
  },
  'counts/buffers': {
    good: 'counts: { buffers: 9 }',
    bad: 'counts: { buffers: 0 }',
    findings: ['2:11 error 9 elements of buffers, expected exactly 0'],
  },
  'counts/tensors': {
    good: 'counts: { tensors: 8 }',
    bad: 'counts: { tensors: 9 }',
    findings: ['2:11 error 8 tensors, expected exactly 9'],
  },
  'counts/trainable': {
    // What trains is not recorded: the number is a bound.
    good: 'counts: { trainable: { max: 80 } }',
    bad: 'counts: { trainable: 80 }',
    findings: [
      '2:11 error at most 80 trainable elements (the file does not record requires_grad), expected exactly 80',
    ],
  },
  'metadata/required': {
    good: 'metadata: { format: pt, license: { type: spdx }, version: { type: semver, required: false } }',
    bad: 'metadata: { format: np, license: { type: url }, version: { type: semver } }',
    findings: [
      '2:13 error metadata "format" is "pt", expected "np"',
      '2:25 error metadata "license" is "Apache-2.0", expected an http or https address',
      '2:49 error the metadata has no "version"',
    ],
    around: { metadata: { format: 'pt', license: 'Apache-2.0' } },
  },
  'evidence/level': {
    good: 'evidence: { kind: assumed }',
    bad: 'tensors: [{ match: "bn.num*", evidence: declared }]',
    findings: ['2:31 error bn.num_batches_tracked that it is a buffer is recognised, expected declared'],
  },
}

const named = (id: string, text: string, around: Surrounding = {}): string[] =>
  checked(model, { ...around, options: heldTo(`version: 1\n${text}\n`) }).findings.map((finding) => {
    expect(finding.rule).toBe(id)
    expect(finding.file).toBe('sdinspect.yaml')
    const name =
      finding.tensor === null || finding.message.includes(finding.tensor) ? '' : `${finding.tensor} `
    return `${finding.line}:${finding.column} ${finding.level} ${name}${finding.message}`
  })

describe('a policy', () => {
  for (const [id, { good, bad, findings, around }] of Object.entries(cases)) {
    test(`finds nothing where ${id} holds`, () => {
      expect(named(id, good, around)).toEqual([])
    })
    test(`says where ${id} does not hold, and which line asks for it`, () => {
      const said = named(id, bad, around)
      expect(said).toHaveLength(findings.length)
      for (const [i, text] of findings.entries()) expect(said[i]?.startsWith(text), said[i]).toBe(true)
    })
  }

  test('has a case for each rule that looks at a checkpoint where a policy asks', () => {
    const elsewhere = ['hash/pinned', 'lock/drift', 'size/file', 'size/total']
    const asking = checkRules.filter(({ needs }) => needs === 'policy')
    expect(asking.map(({ id }) => id).filter((id) => !(id in cases) && !elsewhere.includes(id))).toEqual([])
  })

  test('asks for nothing without one', () => {
    expect(checked(model).ran.some((id) => id.startsWith('counts/'))).toBe(false)
    expect(checked(model, { options: heldTo('version: 1') }).ran).toContain('counts/buffers')
  })

  test('lets what is said later decide, and overrides last', () => {
    const text = `version: 1
tensors: [{ match: "**.weight", dtype: BF16 }, { match: "layers.**", dtype: F32 }]
counts: { buffers: 0, tensors: 8 }
rules: { tensors/dtype: warn }
overrides:
  - files: [mod*]
    counts: { buffers: 9 }
    tensors: [{ match: "bn.*", dtype: F32 }]
  - files: [other]
    counts: { tensors: 1 }
`
    const { findings } = checked(model, { options: heldTo(text) })
    expect(findings.map(({ rule, level, tensor }) => [rule, level, tensor])).toEqual(
      [
        ['tensors/dtype', 'warning', 'emb.weight'],
        ['tensors/dtype', 'error', 'bn.num_batches_tracked'],
      ].map(([rule, , tensor]) => [rule, 'warning', tensor]),
    )
  })

  test('makes errors of warnings where it is strict', () => {
    const wrapped = { 'module.a.weight': ['F32', [2, 2]], 'module.a.bias': ['F32', [2]] } as const
    const level = (text: string) => checked(wrapped, { options: heldTo(text) }).findings[0]?.level
    expect(level('version: 1\nextends: sdinspect:recommended')).toBe('warning')
    expect(level('version: 1\nextends: sdinspect:strict')).toBe('error')
    expect(level('version: 1\nextends: sdinspect:strict\nrules: { contents/prefix: info }')).toBe('info')
    expect(level('version: 1\nrules: { contents/prefix: off }')).toBeUndefined()
  })
})
