import { SdinspectError } from '../../errors.ts'
import { finding } from '../../findings/finding.ts'
import type { Checkpoint, Declaration, Plain, ValueEntry } from '../../model/checkpoint.ts'
import type { Finding } from '../../model/finding.ts'
import { dtypes } from '../../model/tensors/dtype.ts'
import { elementsOf, type Tensor } from '../../model/tensors/tensor.ts'
import { runOf } from '../../model/values/values.ts'
import { fileName } from '../../source/file-name.ts'
import type { ByteSource } from '../../source/source.ts'
import type { ReadContext } from '../format.ts'
import { type Field, ProtobufReader } from '../protobuf-reader.ts'
import { stringType } from './element-types.ts'
import { emptyGraph, type Graph, readGraph, readNode, type SparseTensor } from './graph.ts'
import { Outside } from './outside.ts'
import { classOf, roleOf } from './roles.ts'
import type { TensorProto } from './tensor-proto.ts'

// onnx/onnx.proto: a file is one ModelProto.

/** Reads a model of ONNX. */
export async function readOnnx(source: ByteSource, { limits, place }: ReadContext): Promise<Checkpoint> {
  const file = fileName(source.name)
  // Between tensors whose values are passed over, little is read.
  const from = new ProtobufReader(source, limits, source.remote ? {} : { first: 8_192 })
  const model = await readModel(from, source.size)
  const outside = await Outside.of(model.graph, place)
  const tensors: Tensor[] = []
  const values: ValueEntry[] = []
  const declarations = new Map<string, Declaration>()
  const classes = new Map<string, string>()
  for (const proto of model.graph.tensors) {
    if (proto.typeNumber === stringType) {
      values.push({
        name: proto.name,
        type: 'str',
        description: `${proto.elements} texts`,
        position: tensors.length,
      })
      continue
    }
    tensors.push(tensorOf(proto, file, outside))
    const uses = model.graph.uses.get(proto.name) ?? []
    const role = roleOf(proto, uses)
    if (role !== null) declarations.set(proto.name, role)
    const name = classOf(proto, uses)
    if (name !== null) classes.set(proto.name.slice(0, -'.weight'.length), name)
  }
  for (const sparse of model.graph.sparse) tensors.push(sparseTensor(sparse, file, outside))
  return {
    format: 'onnx',
    producer: model.producer,
    files: [{ name: file, bytes: source.size, role: 'weights' }, ...outside.files],
    metadata: model.metadata,
    side: {},
    stateDicts: [
      {
        path: '',
        role: 'model',
        tensors,
        ...(values.length === 0 ? {} : { values }),
        // Exporters sort, fold and rename.
        order: 'unrecorded',
        facts: {
          ...(declarations.size === 0 ? {} : { declarations }),
          ...(classes.size === 0 ? {} : { moduleClasses: classes }),
        },
      },
    ],
    findings: [...outside.findings, ...unknownTypes(model.graph, file)],
  }
}

interface Model {
  readonly graph: Graph
  readonly producer: string | null
  readonly metadata: ReadonlyMap<string, Plain>
}

async function readModel(from: ProtobufReader, size: number): Promise<Model> {
  const graph = emptyGraph()
  const metadata = new Map<string, Plain>()
  const names: string[] = []
  let graphs = 0
  await from.message('the model', size, async (field) => {
    if (field.number === 1 && field.wire === 0) metadata.set('ir_version', Number(field.value))
    else if (field.number === 2 || field.number === 3) names.push(await from.string(field, 'the producer'))
    else if (field.number === 7) {
      graphs++
      await readGraph(from, field, graph)
    } else if (field.number === 8) await readOpset(from, field, metadata)
    else if (field.number === 14) await readProperty(from, field, metadata)
    else if (field.number === 20) await readTraining(from, field, graph)
    else if (field.number === 25) await readFunction(from, field, graph)
  })
  if (graphs === 0) throw new SdinspectError('format/malformed', 'the model has no graph')
  return { graph, producer: names.filter((name) => name !== '').join(' ') || null, metadata }
}

async function readOpset(from: ProtobufReader, field: Field, metadata: Map<string, Plain>): Promise<void> {
  let domain = ''
  let version = 0
  await from.message('an operator set', from.position + field.length, async (part) => {
    if (part.number === 1) domain = await from.string(part, 'a domain')
    else if (part.number === 2) version = Number(part.value)
  })
  metadata.set(domain === '' ? 'opset' : `opset ${domain}`, version)
}

async function readProperty(from: ProtobufReader, field: Field, metadata: Map<string, Plain>): Promise<void> {
  let key = ''
  let value = ''
  await from.message('a property', from.position + field.length, async (part) => {
    if (part.number === 1) key = await from.string(part, 'the name of a property')
    else if (part.number === 2) value = await from.string(part, 'a property')
  })
  metadata.set(key, value)
}

/** `TrainingInfoProto`: a graph that initialises, and one that trains. */
async function readTraining(from: ProtobufReader, field: Field, graph: Graph): Promise<void> {
  await from.message('the training information', from.position + field.length, async (part) => {
    if (part.number === 1 || part.number === 2) await readGraph(from, part, graph, 'training')
  })
}

/** `FunctionProto`: its nodes are those of a graph. */
async function readFunction(from: ProtobufReader, field: Field, graph: Graph): Promise<void> {
  await from.message('a function', from.position + field.length, async (part) => {
    if (part.number === 7) await readNode(from, part, graph)
  })
}

function tensorOf(proto: TensorProto, file: string, outside: Outside): Tensor {
  const { name, dtype, shape, elements, bytes } = proto
  return { name, dtype, shape, elements, bytes, values: valuesOf(proto, file, outside), tiedTo: null }
}

function valuesOf({ dtype, data, bytes }: TensorProto, file: string, outside: Outside): Tensor['values'] {
  if (dtype === null || bytes === null) return 'layout not known'
  if (data.kind === 'elsewhere') return outside.values(data, bytes)
  // Types of six bits are a byte each in ONNX.
  if (dtypes[dtype].bits === 6) return 'layout not known'
  if (data.kind === 'varints') {
    const unit = Math.max(1, dtypes[dtype].bits / 8)
    const layers = [{ codec: 'varints', unit, bytes, skip: 0, length: bytes }] as const
    return { chunks: [{ file, offset: data.offset, length: data.length, layers }] }
  }
  if (data.kind !== 'here') return 'layout not known'
  return runOf(file, data.offset, data.length)
}

function sparseTensor({ values, indices, shape }: SparseTensor, file: string, outside: Outside): Tensor {
  const parts = [
    { name: 'indices', proto: indices },
    { name: 'values', proto: values },
  ].map(({ name, proto }) => ({
    name,
    dtype: proto.dtype,
    shape: proto.shape,
    values: valuesOf(proto, file, outside),
  }))
  const { dtype } = values
  return {
    name: values.name,
    dtype,
    shape,
    elements: elementsOf(shape),
    bytes: dtype === null ? null : (values.bytes ?? 0) + (indices.bytes ?? 0),
    values: 'in its parts',
    tiedTo: null,
    representation: { kind: 'sparse', layout: 'coo', nnz: values.elements, parts },
  }
}

function unknownTypes({ tensors }: Graph, file: string): Finding[] {
  return tensors.flatMap(({ name, dtype, typeNumber }) =>
    dtype === null && typeNumber !== stringType
      ? [finding('onnx/newer-type', { type: typeNumber }, { tensor: name, file })]
      : [],
  )
}
