import { Ajv2020 } from 'ajv/dist/2020.js'
import standalone from 'ajv/dist/standalone/index.js'
import { transformSync } from 'esbuild'
import { rules } from '../../src/check/all-rules.ts'
import { metadataTypes } from '../../src/check/policy/expectations.ts'
import { bytesPattern, countPattern } from '../../src/check/policy/quantity.ts'
import { sayings } from '../../src/model/statements.ts'
import { dtypes } from '../../src/model/tensors/dtype.ts'
import { levels } from '../../src/model/verdict.ts'

// `title` completes the sentence "expected …" in the error about a value that does not fit.

const list = (items: object, title: string) => ({ type: 'array', items, title })
const names = list({ $ref: '#/$defs/pattern' }, 'a list of patterns')
const range = (of: object, title: string, example: string) => ({
  title: `${title}, or an object of min and max`,
  anyOf: [
    of,
    {
      type: 'object',
      properties: { min: of, max: of },
      additionalProperties: false,
      minProperties: 1,
    },
  ],
  examples: [example],
})
const wholeNumber = { type: 'integer', minimum: 0 }
const byteSize = {
  anyOf: [wholeNumber, { type: 'string', pattern: bytesPattern }],
}
const countOf = { anyOf: [wholeNumber, { type: 'string', pattern: countPattern }] }
const maybe = <T>(value: T) => ({ anyOf: [value, { type: 'array', items: value, minItems: 1 }] })

/** What may be said of all checkpoints and again of some of them. */
const expectations = {
  stateDict: {
    type: 'string',
    title: 'the path of a state dict',
    description: 'The state dict to check where a file holds several; the model when it is left out.',
  },
  rules: { $ref: '#/$defs/rules' },
  kinds: {
    type: 'object',
    title: 'an object of buffer, parameter, frozen and trainable',
    description:
      'What a file cannot say of its tensors and you know: names of buffers and of parameters, of parameters that are frozen and that train. Of two that fit, parameter wins over buffer and trainable over frozen.',
    properties: Object.fromEntries(sayings.map((says) => [says, names])),
    additionalProperties: false,
  },
  values: {
    type: 'boolean',
    title: 'true or false',
    description: 'Whether the values of all tensors are read, and held to the rules about values.',
  },
  tensors: {
    ...list({ $ref: '#/$defs/tensor' }, 'a list of expectations, each with a match'),
    description:
      'What is expected of tensors by their names. Where several fit a tensor, the last that says something decides.',
  },
  allowed: {
    ...names,
    description: 'Names that may be there beside those of tensors; any other is unexpected.',
  },
  forbidden: { ...names, description: 'Names that must not be there.' },
  counts: {
    type: 'object',
    title: 'an object of counts',
    properties: {
      parameters: { $ref: '#/$defs/count', description: 'Stored elements of parameters, tied ones once.' },
      logical: {
        $ref: '#/$defs/count',
        description: 'Weights of the model, packed ones counted as what they stand for.',
      },
      buffers: { $ref: '#/$defs/count', description: 'Elements of buffers.' },
      trainable: { $ref: '#/$defs/count', description: 'Elements that train. A bound is no answer to min.' },
      tensors: { $ref: '#/$defs/count', description: 'Entries of the state dict.' },
    },
    additionalProperties: false,
  },
  sizes: {
    type: 'object',
    title: 'an object of sizes',
    properties: {
      file: { $ref: '#/$defs/bytes', description: 'Of each file of weights.' },
      total: { $ref: '#/$defs/bytes', description: 'Of all files of weights.' },
    },
    additionalProperties: false,
  },
  metadata: {
    type: 'object',
    title: 'an object of metadata keys',
    description: 'Keys of the metadata of the file: a value, or what is expected of it.',
    additionalProperties: { $ref: '#/$defs/metadata' },
  },
  evidence: {
    type: 'object',
    title: 'an object of kind and trainable',
    description: 'The weakest level an answer may be known at, over all tensors.',
    properties: { kind: { $ref: '#/$defs/level' }, trainable: { $ref: '#/$defs/level' } },
    additionalProperties: false,
  },
  hashes: {
    type: 'object',
    title: 'an object from file names to SHA-256 digests',
    description: 'Files of the checkpoint, and their SHA-256.',
    additionalProperties: {
      type: 'string',
      pattern: '^(?:sha256:)?[0-9a-fA-F]{64}$',
      title: 'a SHA-256 of 64 hexadecimal digits',
    },
  },
  lock: {
    type: 'string',
    title: 'the path of a lock',
    description: 'A lock the checkpoint must not drift from.',
  },
}

/** The JSON Schema of sdinspect.yaml, as it is published. */
const policySchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:sdinspect:schema:policy:v1',
  title: 'Policy of sdinspect check, version 1',
  description: 'What a checkpoint has to be: sdinspect.yaml, sdinspect.yml or sdinspect.json.',
  type: 'object',
  properties: {
    $schema: { type: 'string', title: 'the address of this schema' },
    version: { const: 1, title: '1' },
    extends: {
      ...maybe({
        type: 'string',
        pattern: '^(?!sdinspect:)(?!\\s*$)|^sdinspect:(?:recommended|strict)$',
        title: 'sdinspect:recommended, sdinspect:strict or the path of a policy',
      }),
      title: 'sdinspect:recommended, sdinspect:strict, the path of a policy, or a list of these',
      description:
        'What stands before this policy. recommended: the levels of the rules as they are. strict: every warning is an error. A path is relative to this file; what this file says wins.',
    },
    paths: {
      ...list({ type: 'string', title: 'a path' }, 'a list of paths'),
      description: 'What sdinspect check checks when it is given no path; relative to the policy.',
    },
    ...expectations,
    overrides: {
      ...list({ $ref: '#/$defs/override' }, 'a list of overrides, each with files'),
      description:
        'More expectations for some checkpoints. What they say of a thing wins over what is said above.',
    },
    suppress: {
      ...list({ $ref: '#/$defs/suppression' }, 'a list of suppressions, each with a rule and a reason'),
      description: 'Findings that are known and accepted.',
    },
    imports: {
      ...list({ $ref: '#/$defs/imports' }, 'a list of imports, each with names and a reason'),
      description: 'What pickles may import beyond plain weights.',
    },
    smallValues: {
      enum: ['auto', 'always', 'never'],
      title: 'auto, always or never',
      description:
        'Whether small values are looked at where nothing else tells parameter from buffer: of files at hand (auto), at a distance too, or never.',
    },
    leaveOut: {
      ...list({ $ref: '#/$defs/leftOut' }, 'a list of files to leave out, each with a reason'),
      description:
        'Files and folders that are not read. Any other that cannot be read ends the check with 2.',
    },
  },
  required: ['version'],
  additionalProperties: false,
  $defs: {
    pattern: {
      type: 'string',
      title: 'a pattern',
      description: 'Dotted names: * within a segment, ** across, {a,b}, {0..31}.',
    },
    ruleLevel: { enum: ['error', 'warning', 'warn', 'info', 'off'], title: 'error, warning, info or off' },
    rules: {
      type: 'object',
      title: 'an object from rules to levels',
      description: 'Levels that differ from the rules’ own.',
      properties: Object.fromEntries(
        rules.map(({ id, claim, level }) => [
          id,
          { $ref: '#/$defs/ruleLevel', description: `${claim}. Default: ${level}.` },
        ]),
      ),
      additionalProperties: false,
    },
    count: range(countOf, 'a whole number (or 7B, 12k, 7B ± 5 %)', '7B ± 5 %'),
    bytes: range(byteSize, 'bytes (a number, or 5GB, 1.5 GiB, ≤ 14 GB)', '14GB'),
    level: { enum: levels, title: levels.join(', ') },
    tensor: {
      type: 'object',
      title: 'an object with a match',
      properties: {
        match: { $ref: '#/$defs/pattern' },
        required: {
          type: 'boolean',
          title: 'true or false',
          description: 'Whether one has to be there. Default: true.',
        },
        count: { $ref: '#/$defs/count', description: 'How many fit.' },
        dtype: {
          ...maybe({ enum: Object.keys(dtypes) }),
          title: 'an element type as sdinspect shows it (BF16), or a list of them',
        },
        shape: {
          type: 'array',
          items: { anyOf: [{ const: '*' }, wholeNumber], title: 'a length, or "*" for any' },
          title: 'a list of lengths, "*" for any',
        },
        kind: { enum: ['parameter', 'buffer', 'other'], title: 'parameter, buffer or other' },
        trainable: { enum: ['yes', 'no', 'unknown', true, false], title: 'yes, no or unknown' },
        evidence: { $ref: '#/$defs/level', description: 'The weakest level the kind may be known at.' },
      },
      required: ['match'],
      additionalProperties: false,
    },
    metadata: {
      title: 'a value, or an object of equals, oneOf, type and required',
      anyOf: [
        { type: ['string', 'number', 'boolean'] },
        {
          type: 'object',
          properties: {
            equals: { type: 'string' },
            oneOf: { type: 'array', items: { type: 'string' } },
            type: { enum: metadataTypes },
            required: { type: 'boolean' },
          },
          additionalProperties: false,
        },
      ],
    },
    override: {
      type: 'object',
      title: 'an object with files',
      properties: {
        files: list({ type: 'string', title: 'a path pattern' }, 'a list of path patterns'),
        ...expectations,
      },
      required: ['files'],
      additionalProperties: false,
    },
    suppression: {
      type: 'object',
      title: 'an object with a rule and a reason',
      properties: {
        rule: { enum: rules.map(({ id }) => id), title: 'the id of a rule' },
        tensors: names,
        files: list({ type: 'string', title: 'a path pattern' }, 'a list of path patterns'),
        reason: { type: 'string', pattern: '\\S', title: 'a reason in words' },
        expires: {
          type: 'string',
          pattern: '^\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])$',
          title: 'a date: 2027-06-30',
          description: 'The last day it holds.',
        },
      },
      required: ['rule', 'reason'],
      additionalProperties: false,
    },
    imports: {
      type: 'object',
      title: 'an object with names and a reason',
      properties: {
        names: {
          ...list({ type: 'string', title: 'a name: package.module.Class' }, 'a list of names'),
          minItems: 1,
          description: 'Dotted names, or patterns that begin with a package: ultralytics.nn.**',
        },
        files: list({ type: 'string', title: 'a path pattern' }, 'a list of path patterns'),
        reason: { type: 'string', pattern: '\\S', title: 'a reason in words' },
      },
      required: ['names', 'reason'],
      additionalProperties: false,
    },
    leftOut: {
      type: 'object',
      title: 'an object with files and a reason',
      properties: {
        files: {
          ...list({ type: 'string', title: 'a path pattern' }, 'a list of path patterns'),
          minItems: 1,
        },
        reason: { type: 'string', pattern: '\\S', title: 'a reason in words' },
      },
      required: ['files', 'reason'],
      additionalProperties: false,
    },
  },
} as const

/** An ECMAScript module that checks a value against the schema, without a library at run time. */
export function validatorCode(): string {
  const ajv = new Ajv2020({
    allErrors: true,
    allowUnionTypes: true,
    inlineRefs: false,
    messages: false,
    verbose: true,
    code: { source: true, esm: true },
  })
  const validate = ajv.compile(policySchema as object)
  const make = (standalone as unknown as { default?: typeof standalone }).default ?? standalone
  const code = (make as unknown as (a: unknown, v: unknown) => string)(ajv, validate)
  if (code.includes('require(')) throw new Error('the validator needs a library at run time')
  const { code: short } = transformSync(code, { minify: true, format: 'esm', charset: 'ascii' })
  return `// Made from schema/policy.v1.json by npm run build.\n${short}`
}

export const schemaText = `${JSON.stringify(policySchema, null, 2)}\n`
