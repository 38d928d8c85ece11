import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type { Checkpoint } from '../../src/model/checkpoint.ts'
import { type DType, dtypes, isDType, safetensorsDTypes } from '../../src/model/tensors/dtype.ts'
import { elementsOf, type Tensor } from '../../src/model/tensors/tensor.ts'
import { runOf } from '../../src/model/values/values.ts'

/** One entry of a live model's `state_dict()`. */
export interface TrueEntry {
  readonly name: string
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly kind: 'parameter' | 'buffer'
  readonly requiresGrad: boolean
  /** Index of the first entry that is the same tensor, or -1. */
  readonly tie: number
}

/** What is true of one model class, entries in registration order. */
export interface TrueModel {
  readonly library: string
  readonly model: string
  readonly entries: readonly TrueEntry[]
  /** Module path to class name, where the file has it. */
  readonly modules: Readonly<Record<string, string>>
}

type Line = {
  lib: string
  model: string
  entries: [string, string, number[], 'p' | 'b', boolean, number][]
  modules?: Record<string, string>
}

/** The models of every `*.jsonl`, `*.jsonl.gz` and `*.jsonl.br` of a folder, file by file: one file can be 50 MB of text. */
export function* readTruth(folder: string): Generator<TrueModel> {
  const names = readdirSync(folder).filter((name) => /\.jsonl(\.gz|\.br)?$/.test(name))
  for (const name of names.sort()) {
    const bytes = readFileSync(join(folder, name))
    const text = (
      name.endsWith('.gz') ? gunzipSync(bytes) : name.endsWith('.br') ? brotliDecompressSync(bytes) : bytes
    ).toString('utf8')
    for (const line of text.split('\n')) if (line !== '') yield parseModel(line)
  }
}

function parseModel(line: string): TrueModel {
  const { lib, model, entries, modules = {} } = JSON.parse(line) as Line
  return {
    library: lib,
    model,
    modules,
    entries: entries.map(([name, dtype, shape, kind, requiresGrad, tie]) => {
      if (!isDType(dtype)) throw new Error(`${lib} ${model}: ${name} has the unknown dtype ${dtype}`)
      return { name, dtype, shape, kind: kind === 'p' ? 'parameter' : 'buffer', requiresGrad, tie }
    }),
  }
}

/**
 * What a file keeps of a model, which is all the classifier gets to see.
 *
 * - `dropped`: safetensors as transformers writes it, without the entries tied to an earlier one
 * - `kept`: safetensors with tied entries written out twice
 * - `ordered`: registration order and ties, as a `.pt` has them
 * - `metadata`: the same with the `_metadata` that torch saves beside a state dict, every module's version
 */
export type View = 'dropped' | 'kept' | 'ordered' | 'metadata'

/** The model as a file would show it: names, dtypes and shapes, without anything that tells the kind. */
export function checkpointOf(model: TrueModel, view: View): Checkpoint {
  const entries = model.entries.filter((entry) => view !== 'dropped' || entry.tie < 0)
  const isTorch = view === 'ordered' || view === 'metadata'
  if (!isTorch) entries.sort(safetensorsOrder)
  let offset = 0
  const tensors = entries.map((entry): Tensor => {
    const elements = elementsOf(entry.shape)
    const bytes = Math.ceil((elements * dtypes[entry.dtype].bits) / 8)
    const values = runOf('model', offset, bytes)
    offset += bytes
    const tied = isTorch && entry.tie >= 0 ? model.entries[entry.tie] : undefined
    const { name, dtype, shape } = entry
    return { name, dtype, shape, elements, bytes, values, tiedTo: tied?.name ?? null }
  })
  const facts = view === 'metadata' ? { moduleVersions: versionsOf(model) } : {}
  const order = isTorch ? 'registration' : 'unrecorded'
  return {
    format: isTorch ? 'torch' : 'safetensors',
    producer: null,
    files: [{ name: 'model', bytes: offset, role: 'weights' }],
    metadata: new Map(),
    side: {},
    stateDicts: [{ path: '', role: 'model', tensors, order, facts }],
    findings: [],
  }
}

/** `_version` of each module: 2 for batch and instance norms (torch/nn/modules/batchnorm.py), 1 for all that own tensors otherwise. */
function versionsOf(model: TrueModel): Map<string, number> {
  const isNorm = (name: string) => /^(Sync)?(BatchNorm|InstanceNorm)/.test(name)
  return new Map(Object.entries(model.modules).map(([path, name]) => [path, isNorm(name) ? 2 : 1]))
}

const dtypeRank = new Map(safetensorsDTypes.map((name, rank) => [name, rank]))

/** The order safetensors' writer gives: dtype descending in its enum, then name by bytes (`serialize`, tensor.rs). */
function safetensorsOrder(a: TrueEntry, b: TrueEntry): number {
  const byType = (dtypeRank.get(b.dtype) ?? -1) - (dtypeRank.get(a.dtype) ?? -1)
  // Byte order and UTF-16 order differ for surrogates only, which no module name has.
  return byType !== 0 ? byType : a.name < b.name ? -1 : 1
}
