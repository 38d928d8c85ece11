import { classify } from './classify.ts'
import { originalNote, withOriginalNames } from './formats/original-names.ts'
import { readCheckpoint } from './formats/read-checkpoint.ts'
import { defaultLimits, type Limits } from './limits.ts'
import type { Checkpoint, CheckpointFile, Facts } from './model/checkpoint.ts'
import { inspectionOf, withFields } from './model/inspection.ts'
import { mixtureOf } from './model/mixture.ts'
import { type Report, type StateDictReport, schemaVersion } from './model/report.ts'
import { type SaidOptions, type Statement, saidOf } from './model/statements.ts'
import { type LooksAtValues, lookingAtValues } from './seen-values.ts'
import type { ByteSource, Place } from './source/source.ts'
import type { WatchOptions } from './source/watch.ts'
import { version } from './version.ts'

export interface ClassifyOptions extends Omit<SaidOptions, 'statements'> {
  /** What else is said of a checkpoint, by its path and its files, as by a policy. The patterns win over it. */
  readonly statementsFor?: (checkpoint: CheckpointPlace) => readonly Statement[]
  /** Under the names that tensors of a GGUF file have in the models of transformers that it was made of, where they are known. */
  readonly originalNames?: boolean | undefined
  readonly limits?: Partial<Limits>
}

/** Where a checkpoint is. */
export interface CheckpointPlace {
  readonly path: string
  readonly files: readonly CheckpointFile[]
}

export interface InspectOptions extends ClassifyOptions, WatchOptions {
  /** The folder the source is in, for the configuration files and shards beside it. */
  readonly place?: Place
  /**
   * Of a file at a distance, compare also what only confirms the rest and takes one more round: see
   * `Report.unverified`. What is at hand is always compared.
   */
  readonly verify?: boolean | undefined
  /**
   * Whether the values of small tensors are looked at where nothing else tells parameter from buffer: `auto`, the default, of
   * files at hand; `always`; `never`.
   */
  readonly smallValues?: LooksAtValues | undefined
}

/**
 * What is in this checkpoint: reads its structure, classifies each tensor, counts. Does not close the source.
 *
 * @throws SdinspectError why it cannot be read; the reason of `signal` when that ends it
 */
export async function inspect(source: ByteSource, options: InspectOptions = {}): Promise<Report> {
  const limits = { ...defaultLimits, ...options.limits }
  const { smallValues, signal } = options
  const looking = lookingAtValues(smallValues, source.remote, { limits, signal })
  const checkpoint = await readCheckpoint(source, { ...options, ...looking, limits })
  return inspectCheckpoint(checkpoint, { ...options, path: source.name })
}

/** Classifies and counts what a format has read. No I/O. */
export function inspectCheckpoint(
  asItIs: Checkpoint,
  options: ClassifyOptions & { readonly path: string },
): Report {
  const { path, statementsFor, originalNames = false } = options
  const checkpoint = originalNames ? withOriginalNames(asItIs) : asItIs
  const statements = statementsFor?.({ path, files: checkpoint.files })
  const said = saidOf({ ...options, statements })
  const limits = { ...defaultLimits, ...options.limits }
  const classified = checkpoint.stateDicts.map((stateDict) => classify(checkpoint, stateDict, said, limits))
  return {
    schemaVersion,
    tool: { name: 'sdinspect', version },
    path: options.path,
    format: checkpoint.format,
    producer: checkpoint.producer,
    files: checkpoint.files,
    metadata: checkpoint.metadata,
    findings: [...checkpoint.findings, ...classified.flatMap((one) => one.findings)],
    stateDicts: classified.map((one, index) =>
      withNameNote(
        withMixture(one.report, checkpoint, checkpoint.stateDicts[index]?.facts.experts),
        checkpoint,
      ),
    ),
    values: [...(checkpoint.values ?? [])].map(([path, value]) => ({ path, value })),
    ...(checkpoint.pickle === undefined ? {} : { pickle: checkpoint.pickle }),
    ...(checkpoint.origin === undefined ? {} : { origin: checkpoint.origin }),
    ...(checkpoint.unverified === undefined ? {} : { unverified: checkpoint.unverified }),
  }
}

/** What names of a converter are in the model it converted, by an example. */
function withNameNote(stateDict: StateDictReport, checkpoint: Checkpoint): StateDictReport {
  const note = originalNote(checkpoint, stateDict)
  return note === null ? stateDict : withFields(stateDict, { notes: [...stateDict.notes, note] })
}

/** The state dict of a model, with what a token uses of it where it is a mixture of experts. */
function withMixture(
  stateDict: StateDictReport,
  { side }: Checkpoint,
  experts: Facts['experts'],
): StateDictReport {
  if (stateDict.role !== 'model') return stateDict
  const mixture = mixtureOf(inspectionOf(stateDict).tensors(), side.config, experts)
  return mixture === null ? stateDict : withFields(stateDict, { mixture })
}
