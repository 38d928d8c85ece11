import type { LearntPolicy, LearntTensors } from '../check/policy/learn-policy.ts'
import { bytesText } from '../model/bytes-text.ts'
import { count } from './text.ts'

/** Entries of a policy that a person still reads. */
const mostEntries = 2_000

/** A policy to start from, with the reason for each part beside it. */
export function* policyYaml(learnt: LearntPolicy): Generator<string> {
  yield '# An editor completes it from: sdinspect schema policy > sdinspect.schema.json\n'
  yield '# yaml-language-server: $schema=./sdinspect.schema.json\n'
  yield '# What checkpoints have to be: sdinspect check holds them to it, sdinspect explain RULE says why.\n'
  yield '# Learnt from a good checkpoint by sdinspect init. Loosen what may change, keep what must not.\n'
  yield 'version: 1\n'
  yield 'extends: sdinspect:recommended  # or sdinspect:strict: every warning is an error\n\n'
  yield '# What sdinspect check looks at when it is given no path; relative to this file.\n'
  yield `paths: [${text(learnt.path)}]\n\n`
  if (learnt.stateDict !== null) {
    yield '# The file holds several state dicts; this one is checked.\n'
    yield `stateDict: ${text(learnt.stateDict)}\n\n`
  }
  yield '# values: true  # to read the values too: NaN, tensors of zeros, damage; it takes as long as reading the file\n\n'
  yield* levels(learnt.accepted)
  yield* counts(learnt)
  yield* sizes(learnt)
  yield* metadata(learnt)
  yield* tensors(learnt)
  yield* suppressions()
}

function* levels(accepted: readonly string[]): Generator<string> {
  yield '# Levels that differ from the defaults: error, warning, info, off. sdinspect explain lists the rules.\n'
  yield 'rules:\n'
  yield '  tensors/unexpected: error  # a tensor that nothing below expects; warn where names may come\n'
  for (const rule of accepted) yield `  ${rule}: off  # the checkpoint this was learnt from has it\n`
  yield '  # security/no-pickle: error      # safetensors only\n'
  yield '  # contents/training-state: off   # for checkpoints to resume from\n\n'
}

function* counts({ counts: { parameters, buffers, tensors }, logical }: LearntPolicy): Generator<string> {
  yield '# Tied tensors are counted once. A number, or { min: ..., max: ... }.\n'
  yield 'counts:\n'
  yield `  parameters: ${parameters}\n`
  if (logical !== null) yield `  logical: ${logical}  # packed weights counted as what they stand for\n`
  yield `  buffers: ${buffers}\n`
  yield `  tensors: ${tensors}\n\n`
}

/** Metadata and padding may grow; a wrong element type or an optimizer doubles the file. */
export function sizeRange(bytes: number): { readonly min: number; readonly max: number } {
  const room = Math.max(65_536, Math.ceil(bytes / 100))
  return { min: Math.max(0, bytes - room), max: bytes + room }
}

function* sizes({ totalBytes }: LearntPolicy): Generator<string> {
  const { min, max } = sizeRange(totalBytes)
  yield `# All files of weights: ${bytesText(totalBytes)} now. A hundredth more or less is metadata; twice is another type.\n`
  yield 'sizes:\n'
  yield `  total: { min: ${min}, max: ${max} }\n\n`
}

function* metadata({ metadataFormat }: LearntPolicy): Generator<string> {
  if (metadataFormat === null) return
  yield '# Loaders refuse files without it. A value, or { type: spdx | semver | url | ..., required: true }.\n'
  yield `metadata:\n  format: ${text(metadataFormat)}\n\n`
}

function* tensors({ tensors: learnt }: LearntPolicy): Generator<string> {
  yield '# Every tensor: its names ({0..31} are numbers, * is a part, ** any parts), how many, what they are.\n'
  yield '# Of several entries that fit a tensor, the last that says something decides. "*" in a shape is any length.\n'
  const shown = learnt.slice(0, mostEntries)
  if (shown.length > 0) {
    yield 'tensors:\n'
    for (const entry of shown) yield tensorLine(entry)
  }
  if (shown.length < learnt.length)
    yield `# ${count(learnt.length - shown.length)} more kinds of tensors are left out: allowed lets them be there.\n`
  yield '\n# Names that may be there beside those above.\n'
  yield shown.length < learnt.length ? 'allowed: ["**"]\n\n' : 'allowed: []\n\n'
}

/** An entry of the list of tensors, as a line of it. */
export function tensorLine({ match, count: number, dtype, shape, kind }: LearntTensors): string {
  const parts = [
    `match: ${text(match)}`,
    ...(number === 1 ? [] : [`count: ${number}`]),
    ...(dtype === null ? [] : [`dtype: ${dtype}`]),
    `shape: [${shape.join(', ')}]`,
    `kind: ${kind}`,
  ]
  return `  - { ${parts.join(', ')} }\n`
}

function* suppressions(): Generator<string> {
  yield '# Findings that are known and accepted, each with a reason. After its date a finding counts again.\n'
  yield '# suppress:\n'
  yield '#   - { rule: config/vocabulary, reason: padded for tensor cores, expires: 2030-01-31 }\n'
}

/** A YAML scalar in double quotes: JSON's escapes are YAML's too, and everything beyond ASCII is escaped. */
function text(value: string): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]|##|::/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}${found.slice(1)}`,
  )
}
