import { inspectCheckpoint } from '../../src/inspect.ts'
import type { Checkpoint, Facts, PlainMap, SideFiles, StateDict } from '../../src/model/checkpoint.ts'
import type { Report, TensorReport, Totals } from '../../src/model/report.ts'
import type { SaidOptions } from '../../src/model/statements.ts'
import { type DType, dtypes } from '../../src/model/tensors/dtype.ts'
import { elementsOf, type Tensor } from '../../src/model/tensors/tensor.ts'
import { runOf } from '../../src/model/values/values.ts'

/** Names to `F32 [2, 3]`-like pairs, in order. A string is the name of the tensor it is tied to. */
export type Entries = Readonly<Record<string, readonly [DType | null, readonly number[]] | string>>

export interface Surrounding {
  readonly order?: StateDict['order']
  readonly role?: StateDict['role']
  readonly facts?: Facts
  readonly side?: SideFiles
  readonly files?: Checkpoint['files']
  readonly metadata?: Readonly<Record<string, string>>
  readonly format?: string
}

/** A checkpoint of one state dict, as a format would have read it. */
export function checkpointOf(entries: Entries, around: Surrounding = {}): Checkpoint {
  const tensors = Object.entries(entries).map(([name, entry]): Tensor => {
    const kept = typeof entry === 'string' ? entries[entry] : entry
    if (kept === undefined || typeof kept === 'string') throw new Error(`no tensor to tie ${name} to`)
    const [dtype, shape] = kept
    const elements = elementsOf(shape)
    return {
      name,
      dtype,
      shape,
      elements,
      bytes: dtype === null ? null : Math.ceil((elements * dtypes[dtype].bits) / 8),
      values: dtype === null ? 'not in this file' : runOf('model', 0, elements),
      tiedTo: typeof entry === 'string' ? entry : null,
    }
  })
  return {
    format: around.format ?? 'safetensors',
    producer: null,
    files: around.files ?? [],
    metadata: new Map(Object.entries(around.metadata ?? {})),
    side: around.side ?? {},
    stateDicts: [
      {
        path: '',
        role: around.role ?? 'model',
        tensors,
        order: around.order ?? 'unrecorded',
        facts: around.facts ?? {},
      },
    ],
    findings: [],
  }
}

export function reportOf(
  entries: Entries,
  around: Surrounding & Omit<SaidOptions, 'statements'> = {},
): Report {
  return inspectCheckpoint(checkpointOf(entries, around), { ...around, path: 'model' })
}

export function tensorOf(report: Report, name: string): TensorReport {
  const tensor = report.stateDicts[0]?.tensors.find((one) => one.name === name)
  if (tensor === undefined) throw new Error(`no tensor ${name}`)
  return tensor
}

/** Name to `kind level`, for all tensors. */
export function kindsOf(report: Report): Record<string, string> {
  return Object.fromEntries(
    (report.stateDicts[0]?.tensors ?? []).map((tensor) => [
      tensor.name,
      `${tensor.kind} ${tensor.kindLevel}`,
    ]),
  )
}

/** An object as the JSON reader gives it. */
export function plainMap(values: Readonly<Record<string, unknown>>): PlainMap {
  const convert = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(convert)
      : value !== null && typeof value === 'object'
        ? plainMap(value as Record<string, unknown>)
        : value
  return new Map(Object.entries(values).map(([key, value]) => [key, convert(value)])) as unknown as PlainMap
}

/** Totals of the first state dict. */
export function totalsOf(report: Report): Totals {
  const [stateDict] = report.stateDicts
  if (stateDict === undefined) throw new Error('no state dict')
  return stateDict.totals
}
