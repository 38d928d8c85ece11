import type {
  Count,
  ModuleReport,
  Report,
  StateDictReport,
  TensorReport,
  Totals,
} from '../../src/model/report.ts'
import { type DType, dtypes } from '../../src/model/tensors/dtype.ts'
import { elementsOf } from '../../src/model/tensors/tensor.ts'

export type TensorGiven = Partial<TensorReport> & { readonly name: string; readonly shape: readonly number[] }

/** A tensor report with the counts its shape gives; a trainable parameter by recognition unless told otherwise. */
export function makeTensor(given: TensorGiven): TensorReport {
  const dtype: DType = given.dtype ?? 'F32'
  const elements = elementsOf(given.shape)
  return {
    dtype,
    elements,
    bytes: (elements * dtypes[dtype].bits) / 8,
    kind: 'parameter',
    kindLevel: 'recognised',
    kindReason: 'weight of a linear layer',
    trainable: 'unknown',
    trainableLevel: 'assumed',
    trainableReason: 'safetensors does not record requires_grad',
    tiedTo: null,
    ...given,
  }
}

function countOf(tensors: readonly TensorReport[]): Count {
  return {
    tensors: tensors.length,
    elements: tensors.reduce((sum, { elements }) => sum + elements, 0),
    bytes: tensors.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
  }
}

function totalsOf(tensors: readonly TensorReport[]): Totals {
  const once = tensors.filter(({ tiedTo }) => tiedTo === null)
  const kind = (kind: TensorReport['kind']) => once.filter((tensor) => tensor.kind === kind)
  const parameters = kind('parameter')
  const trainable = parameters.filter((tensor) => tensor.trainable !== 'no')
  const types = [...new Set(once.map(({ dtype }) => dtype))]
  const level = (level: string) => tensors.filter(({ kindLevel }) => kindLevel === level).length
  return {
    stored: countOf(once),
    parameters: countOf(parameters),
    buffers: countOf(kind('buffer')),
    other: countOf(kind('other')),
    tied: countOf(tensors.filter(({ tiedTo }) => tiedTo !== null)),
    trainable: {
      elements: countOf(trainable).elements,
      atLeast: countOf(trainable.filter((tensor) => tensor.trainable === 'yes')).elements,
      recognised: countOf(trainable.filter((tensor) => tensor.trainable === 'yes')).elements,
      level: 'assumed',
      upperBound: trainable.some((tensor) => tensor.trainable === 'unknown'),
      reason: 'safetensors does not record requires_grad',
    },
    logicalParameters: once.reduce(
      (sum, { kind, elements, quantised }) =>
        sum +
        (quantised?.logicalElements ?? (quantised === undefined && kind === 'parameter' ? elements : 0)),
      0,
    ),
    bookkeeping: countOf(once.filter(({ quantised }) => quantised?.logicalElements === 0)),
    dtypes: types
      .map((dtype) => ({ dtype, ...countOf(once.filter((tensor) => tensor.dtype === dtype)) }))
      .sort((a, b) => b.bytes - a.bytes),
    levels: {
      declared: level('declared'),
      deduced: level('deduced'),
      recognised: level('recognised'),
      assumed: level('assumed'),
    },
  }
}

export function makeStateDict(
  given: readonly TensorGiven[],
  more: Partial<StateDictReport> & { modules?: readonly ModuleReport[] } = {},
): StateDictReport {
  const tensors = given.map(makeTensor)
  return {
    path: '',
    role: 'model',
    order: 'unrecorded',
    prefixes: [],
    notes: [],
    totals: totalsOf(tensors),
    modules: [],
    tensors,
    ...more,
  }
}

export function makeReport(stateDicts: readonly StateDictReport[], more: Partial<Report> = {}): Report {
  const bytes = stateDicts.reduce((sum, { totals }) => sum + totals.stored.bytes, 0)
  return {
    schemaVersion: 1,
    tool: { name: 'sdinspect', version: '0.0.0' },
    path: 'model.safetensors',
    format: 'safetensors',
    producer: null,
    files: [{ name: 'model.safetensors', bytes, role: 'weights' }],
    metadata: {},
    findings: [],
    stateDicts,
    values: [],
    ...more,
  }
}

/** The layers of a small language model, as a file without order has them. */
export function blocks(count: number): TensorGiven[] {
  const given: TensorGiven[] = [{ name: 'model.embed.weight', shape: [100, 8] }]
  for (let i = 0; i < count; i++)
    given.push(
      { name: `model.layers.${i}.norm.weight`, shape: [8] },
      { name: `model.layers.${i}.proj.bias`, shape: [8] },
      { name: `model.layers.${i}.proj.weight`, shape: [8, 8] },
    )
  return given
}
