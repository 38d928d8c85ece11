import { isSdinspectError, SdinspectError } from '../../errors.ts'
import type { RuleLevel } from '../../findings/entry.ts'
import { defaultLimits } from '../../limits.ts'
import type { TextPlace } from '../../model/finding.ts'
import { type Statement, statementsOf } from '../../model/statements.ts'
import { rules } from '../all-rules.ts'
import { acceptedByName, hidesDangers } from './accepted-dangers.ts'
import {
  type CountName,
  countNames,
  type Expectations,
  type MetadataExpectation,
  type NamePattern,
  nothingExpected,
  type Range,
  type Said,
  type TensorExpectation,
} from './expectations.ts'
import { extendsOf } from './extended-policy.ts'
import { compilePathPattern } from './path-pattern.ts'
import { PatternSteps } from './pattern-steps.ts'
import type {
  PolicyDocument,
  PolicyExpectations,
  PolicyMetadata,
  PolicyRange,
  PolicyTensor,
} from './policy.ts'
import { bytesRange, countRange } from './quantity.ts'

/** A policy as it works: patterns compiled, once for all checkpoints. */
export interface CompiledPolicy {
  readonly document: PolicyDocument
  /** What is expected of a checkpoint, by its paths as the policy's patterns see them: its own, and its files'. */
  expectedOf(paths: readonly string[]): Held
}

/** What a policy holds one checkpoint to. */
export interface Held {
  readonly expected: Expectations
  readonly levels: ReadonlyMap<string, RuleLevel>
  /** What it says of tensors because the file cannot, weakest first. */
  readonly statements: readonly Statement[]
  /** Path of the lock, as the policy has it; null for none. */
  readonly lock: Said<string> | null
  /** Overrides that are about it, by their position. */
  readonly overrides: readonly number[]
}

interface Scope {
  readonly expected: Partial<Expectations>
  readonly levels: ReadonlyMap<string, RuleLevel>
  readonly statements: readonly Statement[]
  readonly lock: Said<string> | null
}

/** @throws SdinspectError `usage/policy` for a pattern that is none, with its place */
export function compilePolicy(
  document: PolicyDocument,
  steps = new PatternSteps(defaultLimits),
): CompiledPolicy {
  const { policy } = document
  const reader = new PolicyReader(document, steps)
  const base = reader.scope(policy, [])
  const overrides = (policy.overrides ?? []).map((override, index) => ({
    scope: reader.scope(override, ['overrides', index]),
    fits: override.files.map((file, i) => reader.pathPattern(file, ['overrides', index, 'files', i])),
  }))
  const strict = extendsOf(policy).includes('sdinspect:strict')
    ? strictLevels()
    : new Map<string, RuleLevel>()
  // Asked more than once of the paths of one checkpoint after the other.
  let last: readonly [asked: string, held: Held] | undefined
  return {
    document,
    expectedOf(paths) {
      const asked = JSON.stringify(paths)
      if (last?.[0] === asked) return last[1]
      const about = overrides.flatMap(({ fits }, index) =>
        fits.some((fit) => paths.some(fit)) ? [index] : [],
      )
      const scopes = [base, ...about.map((index) => overrides[index]?.scope as Scope)]
      const held: Held = {
        expected: scopes.reduce((sum, scope) => merged(sum, scope.expected), nothingExpected),
        levels: new Map([...strict, ...scopes.flatMap((scope) => [...scope.levels])]),
        statements: scopes.flatMap(({ statements }) => statements),
        lock: scopes.findLast((scope) => scope.lock !== null)?.lock ?? null,
        overrides: about,
      }
      last = [asked, held]
      return held
    },
  }
}

function strictLevels(): Map<string, RuleLevel> {
  return new Map(
    rules
      .filter(({ level, needs }) => level === 'warning' && needs !== 'values')
      .map(({ id }) => [id, 'error']),
  )
}

/** Lists grow; of single things, the later wins. */
function merged(before: Expectations, more: Partial<Expectations>): Expectations {
  return {
    ...before,
    ...more,
    tensors: [...before.tensors, ...(more.tensors ?? [])],
    forbidden: [...before.forbidden, ...(more.forbidden ?? [])],
    allowed: more.allowed ? [...(before.allowed ?? []), ...more.allowed] : before.allowed,
    counts: new Map([...before.counts, ...(more.counts ?? [])]),
    metadata: [
      ...before.metadata.filter(({ key }) => !more.metadata?.some((other) => other.key === key)),
      ...(more.metadata ?? []),
    ],
    hashes: [...before.hashes, ...(more.hashes ?? [])],
  }
}

type Path = readonly (string | number)[]

/** Turns what a policy says into what rules ask for, with the place of each thing. */
class PolicyReader {
  readonly #document: PolicyDocument
  readonly #steps: PatternSteps

  constructor(document: PolicyDocument, steps: PatternSteps) {
    this.#document = document
    this.#steps = steps
  }

  scope(said: PolicyExpectations, path: Path): Scope {
    const levels = Object.entries(said.rules ?? {}).map(([id, word]): [string, RuleLevel] => {
      const level = word === 'warn' ? 'warning' : word
      if (hidesDangers(id, level)) {
        const { file, line, column } = this.#document.placeOf([...path, 'rules', id])
        throw new SdinspectError(
          'usage/policy',
          `${file}:${line}:${column ?? 1}: ${id} cannot be ${level}: it would let pass whatever a pickle imports next`,
          { hint: acceptedByName },
        )
      }
      return [id, level]
    })
    return {
      levels: new Map(levels),
      statements: statementsOf(said.kinds ?? {}, (says) => `kinds.${says} of ${this.#document.file}`, {
        mustFit: false,
        compile: (text, says, at) => this.#pattern(text, [...path, 'kinds', says, at]).value.matches,
      }),
      lock: said.lock === undefined ? null : this.#said(said.lock, [...path, 'lock']),
      expected: {
        ...(said.stateDict === undefined ? {} : { stateDict: said.stateDict }),
        tensors: (said.tensors ?? []).map((tensor, i) => this.#tensor(tensor, [...path, 'tensors', i])),
        forbidden: (said.forbidden ?? []).map((text, i) => this.#pattern(text, [...path, 'forbidden', i])),
        ...(said.allowed === undefined
          ? {}
          : { allowed: said.allowed.map((text, i) => this.#pattern(text, [...path, 'allowed', i])) }),
        counts: this.#counts(said, path),
        ...this.#sizes(said, path),
        metadata: Object.entries(said.metadata ?? {}).map(([key, value]) =>
          metadataOf(key, value, this.#at([...path, 'metadata', key])),
        ),
        ...this.#levels(said, path),
        ...(said.values === undefined ? {} : { values: said.values }),
        hashes: Object.entries(said.hashes ?? {}).map(([file, digest]) => ({
          file,
          sha256: digest.replace(/^sha256:/, '').toLowerCase(),
          at: this.#at([...path, 'hashes', file]),
          ofAll: path.length === 0,
        })),
      },
    }
  }

  pathPattern(text: string, path: Path): (file: string) => boolean {
    return this.#compiled(() => compilePathPattern(text), path)
  }

  #tensor(said: PolicyTensor, path: Path): TensorExpectation {
    const { match, required = true, count, dtype, shape, kind, trainable, evidence } = said
    const of = <T>(key: string, value: T | undefined): Said<T> | null =>
      value === undefined ? null : this.#said(value, [...path, key])
    return {
      pattern: this.#pattern(match, [...path, 'match']).value,
      at: this.#at([...path, 'match']),
      required,
      count: of('count', count === undefined ? undefined : rangeOf(count, countRange)),
      dtypes: of('dtype', dtype === undefined ? undefined : Array.isArray(dtype) ? dtype : [dtype as string]),
      shape: of(
        'shape',
        shape?.map((length) => (length === '*' ? null : length)),
      ),
      kind: of('kind', kind),
      trainable: of(
        'trainable',
        typeof trainable === 'boolean' ? ((trainable ? 'yes' : 'no') as 'yes' | 'no') : trainable,
      ),
      evidence: of('evidence', evidence),
    }
  }

  #counts({ counts = {} }: PolicyExpectations, path: Path): Map<CountName, Said<Range>> {
    const said = new Map<CountName, Said<Range>>()
    for (const name of countNames) {
      const value = counts[name]
      if (value !== undefined)
        said.set(name, this.#said(rangeOf(value, countRange), [...path, 'counts', name]))
    }
    return said
  }

  #sizes({ sizes = {} }: PolicyExpectations, path: Path): Partial<Expectations> {
    const said = (name: 'file' | 'total', value: PolicyRange<number | string>): Said<Range> =>
      this.#said(rangeOf(value, bytesRange), [...path, 'sizes', name])
    return {
      ...(sizes.file === undefined ? {} : { fileBytes: said('file', sizes.file) }),
      ...(sizes.total === undefined ? {} : { totalBytes: said('total', sizes.total) }),
    }
  }

  #levels({ evidence = {} }: PolicyExpectations, path: Path): Partial<Expectations> {
    const { kind, trainable } = evidence
    return {
      ...(kind === undefined ? {} : { kindLevel: this.#said(kind, [...path, 'evidence', 'kind']) }),
      ...(trainable === undefined
        ? {}
        : { trainableLevel: this.#said(trainable, [...path, 'evidence', 'trainable']) }),
    }
  }

  #pattern(text: string, path: Path): Said<NamePattern> {
    const matches = this.#compiled(() => this.#steps.compile(text), path)
    return this.#said({ text, matches }, path)
  }

  #compiled<T>(compile: () => T, path: Path): T {
    try {
      return compile()
    } catch (error) {
      if (!isSdinspectError(error, 'usage/pattern')) throw error
      const { file, line, column } = this.#at(path)
      throw new SdinspectError('usage/policy', `${file}:${line}:${column ?? 1}: ${error.message}`, {
        hint: error.ownHint,
      })
    }
  }

  #said<T>(value: T, path: Path): Said<T> {
    return { value, at: this.#at(path) }
  }

  #at(path: Path): TextPlace {
    return this.#document.placeOf(path)
  }
}

function rangeOf<T extends number | string>(said: PolicyRange<T>, range: (value: T) => Range): Range {
  if (typeof said !== 'object') return range(said)
  return {
    min: said.min === undefined ? 0 : range(said.min).min,
    max: said.max === undefined ? Number.POSITIVE_INFINITY : range(said.max).max,
  }
}

function metadataOf(key: string, said: PolicyMetadata, at: TextPlace): MetadataExpectation {
  if (typeof said !== 'object') return { key, at, required: true, values: [String(said)], type: null }
  const { equals, oneOf, type = null, required = true } = said
  const values = [...(equals === undefined ? [] : [equals]), ...(oneOf ?? [])]
  return { key, at, required, type, values: values.length === 0 ? null : values }
}
