import type { Declaration } from '../../model/checkpoint.ts'
import { dtypes } from '../../model/tensors/dtype.ts'
import type { Use } from './graph.ts'
import type { TensorProto } from './tensor-proto.ts'

/** What an operator does with its inputs (onnx/docs/Operators.md): by its name, from which input on, what they are. */
type Inputs = ReadonlyMap<string, readonly number[]>

const inputs = (text: string): Inputs =>
  new Map(
    text
      .trim()
      .split(/\s+/)
      .map((one) => {
        const [name = '', numbers = ''] = one.split(':')
        return [name, numbers.split(',').map(Number)]
      }),
  )

/** Statistics that the operator only reads. */
const statistics = inputs('BatchNormalization:3,4')
/** Weights, scales and biases that a layer multiplies by and adds. */
const weights = inputs(`
  BatchNormalization:1,2 Conv:1,2 ConvTranspose:1,2 Gemm:1,2 LSTM:1,2,3 GRU:1,2,3 RNN:1,2,3 PRelu:1
  LayerNormalization:1,2 InstanceNormalization:1,2 GroupNormalization:1,2 SimplifiedLayerNormalization:1
  SkipLayerNormalization:2,3,4 DeformConv:1,3 MatMul:0,1 Gather:0 MatMulNBits:1`)
/** Shapes, axes, indices and the like: constants of the graph. */
const constants = inputs(`
  Reshape:1 Slice:1,2,3,4 Expand:1 Tile:1 Pad:1,2,3 Resize:1,2,3 Unsqueeze:1 Squeeze:1 ReduceSum:1 ReduceMean:1
  ReduceMax:1 ReduceMin:1 ReduceProd:1 TopK:1 Split:1 Range:0,1,2 OneHot:1,2 ConstantOfShape:0 Clip:1,2 Gather:1
  GatherElements:1 GatherND:1 ScatterND:1 CumSum:1 Upsample:1 Dropout:1,2 Trilu:1 NonMaxSuppression:2,3,4 Loop:0,1`)
/** Scales and zero points of quantised tensors. */
const bookkeeping = inputs(`
  QuantizeLinear:1,2 DequantizeLinear:1,2 QLinearConv:1,2,4,5,6,7 QLinearMatMul:1,2,4,5,6,7 ConvInteger:2,3
  MatMulInteger:2,3 DynamicQuantizeLinear:1,2 MatMulNBits:2,3,4`)

/**
 * What the graph tells of a tensor by the operators that take it: the strongest thing that one of them says. A
 * running statistic is deduced: the operator defines those inputs as such. That a float which a layer multiplies by is
 * a parameter is recognised, since ONNX has no parameters.
 */
export function roleOf(tensor: TensorProto, uses: readonly Use[]): Declaration | null {
  const taken = (table: Inputs) => uses.find(({ operator, input }) => table.get(operator)?.includes(input))
  const by = (use: Use) => `input ${use.input} of ${use.operator}, which the graph gives it to,`
  const isFloat = tensor.dtype !== null && dtypes[tensor.dtype].requiresGrad
  const statistic = taken(statistics)
  if (statistic !== undefined) return { kind: 'buffer', level: 'deduced', by: by(statistic) }
  const scale = taken(bookkeeping)
  if (scale !== undefined) return { kind: 'other', level: 'recognised', by: by(scale) }
  const weight = taken(weights)
  if (weight !== undefined && isFloat) return { kind: 'parameter', level: 'recognised', by: by(weight) }
  const constant = uses.length > 0 && uses.every((use) => constants.get(use.operator)?.includes(use.input))
  if (constant) return { kind: 'other', level: 'recognised', by: by(uses[0] as Use) }
  return null
}

/** The class of the module that a tensor is the weight of, as torch calls it; null where the graph does not say. */
export function classOf(tensor: TensorProto, uses: readonly Use[]): string | null {
  if (!tensor.name.endsWith('.weight')) return null
  const spatial = tensor.shape.length - 2
  for (const { operator, input } of uses) {
    if (operator === 'Conv' && input === 1 && spatial >= 1 && spatial <= 3) return `Conv${spatial}d`
    if (operator === 'ConvTranspose' && input === 1 && spatial >= 1 && spatial <= 3)
      return `ConvTranspose${spatial}d`
    if (operator === 'Gemm' && input === 1 && tensor.shape.length === 2) return 'Linear'
    if (operator === 'Gather' && input === 0 && tensor.shape.length === 2) return 'Embedding'
    if (operator === 'BatchNormalization' && input === 1) return 'BatchNorm'
    if (operator === 'LayerNormalization' && input === 1) return 'LayerNorm'
  }
  return null
}
