import { quoted } from '../../errors.ts'
import { withinLimit } from '../../limits.ts'
import type { Field, ProtobufReader } from '../protobuf-reader.ts'
import { readTensorProto, type TensorProto } from './tensor-proto.ts'

/** Which operator takes a tensor, and as which of its inputs. */
export interface Use {
  readonly operator: string
  /** From 0. */
  readonly input: number
}

export interface SparseTensor {
  readonly values: TensorProto
  readonly indices: TensorProto
  readonly shape: readonly number[]
}

/** The tensors of a graph and of the graphs in its nodes, in the order of the file. */
export interface Graph {
  /** Initializers, and constants under the name of their output. None twice. */
  readonly tensors: TensorProto[]
  readonly sparse: SparseTensor[]
  readonly uses: Map<string, Use[]>
  /** How many names there are, in all graphs. */
  readonly names: Set<string>
}

export function emptyGraph(): Graph {
  return { tensors: [], sparse: [], uses: new Map(), names: new Set() }
}

/** A tensor is seldom used by more; which ones, no answer needs to know. */
const keptUses = 8
const mostInputs = 100_000

/**
 * Adds the `GraphProto` that is the payload of `field` to `graph`.
 *
 * @param within the node that the graph belongs to; `''` for the model's own
 */
export async function readGraph(
  from: ProtobufReader,
  field: Field,
  graph: Graph,
  within = '',
): Promise<void> {
  await from.message('a graph', from.position + field.length, async (part) => {
    if (part.number === 1) await readNode(from, part, graph)
    else if (part.number === 5) add(from, graph, await readTensorProto(from, part), within, part)
    else if (part.number === 15) await readSparse(from, part, graph, within)
  })
}

function add(from: ProtobufReader, graph: Graph, tensor: TensorProto, within: string, field: Field): void {
  if (tensor.name === '') throw from.malformed('an initializer has no name', field.offset)
  const name = nameIn(graph, tensor.name, within)
  if (graph.names.has(name))
    throw from.malformed(`the initializer ${quoted(name)} is there twice`, field.offset)
  graph.names.add(name)
  graph.tensors.push(name === tensor.name ? tensor : { ...tensor, name })
  withinLimit(from.limits, 'tensors', graph.tensors.length, 'the number of tensors')
}

/** Graphs in nodes have names of their own, which may be those of the graph around them. */
function nameIn(graph: Graph, name: string, within: string): string {
  return within !== '' && graph.names.has(name) ? `${within}/${name}` : name
}

/** Adds what the `NodeProto` that is the payload of `field` holds and takes. */
export async function readNode(from: ProtobufReader, field: Field, graph: Graph): Promise<void> {
  const inputs: string[] = []
  let output = ''
  let operator = ''
  let node = ''
  const constants: { tensor: TensorProto; field: Field }[] = []
  await from.message('a node', from.position + field.length, async (part) => {
    switch (part.number) {
      case 1:
        if (inputs.length >= mostInputs)
          throw from.malformed(`a node has more than ${mostInputs} inputs`, part.offset)
        inputs.push(await from.string(part, 'the input of a node'))
        return
      case 2:
        if (output === '') output = await from.string(part, 'the output of a node')
        return
      case 3:
        node = await from.string(part, 'the name of a node')
        return
      case 4:
        operator = await from.string(part, 'the operator of a node')
        return
      case 5:
        return readAttribute(from, part, graph, { constants, within: node || operator || 'node' })
    }
  })
  for (const [input, name] of inputs.entries()) use(graph, name, { operator, input })
  for (const { tensor, field: at } of constants)
    if (operator === 'Constant') add(from, graph, { ...tensor, name: output || tensor.name }, node, at)
    else add(from, graph, { ...tensor, name: tensor.name || `${node || output}/value` }, node, at)
}

function use(graph: Graph, name: string, one: Use): void {
  if (name === '') return
  const uses = graph.uses.get(name)
  if (uses === undefined) graph.uses.set(name, [one])
  else if (uses.length < keptUses) uses.push(one)
}

/** `AttributeProto`: the tensors and the graphs in it. */
async function readAttribute(
  from: ProtobufReader,
  field: Field,
  graph: Graph,
  into: { readonly constants: { tensor: TensorProto; field: Field }[]; readonly within: string },
): Promise<void> {
  await from.message('an attribute', from.position + field.length, async (part) => {
    if (part.number === 5 || part.number === 10)
      into.constants.push({ tensor: await readTensorProto(from, part), field: part })
    else if (part.number === 6 || part.number === 11) await readGraph(from, part, graph, into.within)
    else if (part.number === 22 || part.number === 23) await readSparse(from, part, graph, into.within)
  })
}

/** `SparseTensorProto`: values, which have the name, their indices, and the shape. */
async function readSparse(from: ProtobufReader, field: Field, graph: Graph, within: string): Promise<void> {
  const parts: TensorProto[] = []
  const dims: bigint[] = []
  await from.message('a sparse tensor', from.position + field.length, async (part) => {
    if (part.number === 1) parts[0] = await readTensorProto(from, part)
    else if (part.number === 2) parts[1] = await readTensorProto(from, part)
    else if (part.number === 3) await from.integers(part, 'a sparse tensor', dims, from.limits.dimensions)
  })
  const [values, indices] = parts
  if (values === undefined || indices === undefined)
    throw from.malformed('a sparse tensor has no values or no indices', field.offset)
  const shape = dims.map((dim) => Number(BigInt.asIntN(64, dim)))
  if (
    !shape.every((length) => length >= 0) ||
    !Number.isSafeInteger(shape.reduce((all, one) => all * one, 1))
  )
    throw from.malformed(`the sparse tensor ${quoted(values.name)} has an impossible shape`, field.offset)
  const name = nameIn(graph, values.name, within)
  if (graph.names.has(name))
    throw from.malformed(`the initializer ${quoted(name)} is there twice`, field.offset)
  graph.names.add(name)
  graph.sparse.push({ values: { ...values, name }, indices, shape })
}
