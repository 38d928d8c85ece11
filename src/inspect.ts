import { classify } from './classify.ts'
import type { Checkpoint } from './model/checkpoint.ts'
import { compilePattern, type Matcher } from './model/pattern.ts'
import { type Report, schemaVersion } from './model/report.ts'
import { version } from './version.ts'

export interface ClassifyOptions {
  /** Patterns over dotted names of tensors the user knows to be frozen. */
  readonly frozen?: readonly string[]
}

/** Classifies and counts what a format has read. No I/O. */
export function inspectCheckpoint(
  checkpoint: Checkpoint,
  options: ClassifyOptions & { readonly path: string },
): Report {
  const frozen = anyOf(options.frozen ?? [])
  const classified = checkpoint.stateDicts.map((stateDict) => classify(checkpoint, stateDict, frozen))
  return {
    schemaVersion,
    tool: { name: 'sdinspect', version },
    path: options.path,
    format: checkpoint.format,
    producer: checkpoint.producer,
    files: checkpoint.files,
    metadata: checkpoint.metadata,
    findings: [...checkpoint.findings, ...classified.flatMap((one) => one.findings)],
    stateDicts: classified.map((one) => one.report),
    values: [...(checkpoint.values ?? [])].map(([path, value]) => ({ path, value })),
    ...(checkpoint.pickle === undefined ? {} : { pickle: checkpoint.pickle }),
  }
}

/** Whether any of the patterns fits; null for no patterns. */
export function anyOf(patterns: readonly string[]): Matcher | null {
  if (patterns.length === 0) return null
  const matchers = patterns.map(compilePattern)
  return (name) => matchers.some((matches) => matches(name))
}
