import { isRecord, type PickleValue } from '../../codec/pickle-value.ts'
import type { PickledImport, StateDict } from '../../model/checkpoint.ts'
import { calleeName, isCall, itemsOf } from './objects/objects.ts'
import { paddleEndings } from './paddle-names.ts'
import type { TensorReader } from './rebuild/tensor-record.ts'

// paddle/framework/io.py: `paddle.save` pickles NumPy arrays. Those of a `state_dict()` are its values, and beside them stands
// under `StructuredToParameterName@@` what each is called in the graph; all others are `tuple((name in the graph, array))`.

const namesKey = 'StructuredToParameterName@@'

/** What stands in every file of Paddle, and makes no object but an array. */
const ofArrays =
  /^(numpy\.(_?core\.(multiarray\._reconstruct|numeric\._frombuffer)|ndarray|dtype)|(builtins|__builtin__)\.tuple|_codecs\.encode)$/

/** What optimizers of Paddle keep of a parameter, after its name in the graph. */
const accumulator =
  /_(moment[12]?(_max)?|beta[12]_pow_acc|velocity|inf_norm|mean_square|mean_grad|momentum|fp32_master|_avg_squared_(grad|update))_\d+$/

/** Whether `paddle.save` wrote what a pickle comes to. */
export function isOfPaddle(root: PickleValue, file: string): boolean {
  const items = itemsOf(root)
  const name = file.toLowerCase()
  return items?.index.has(namesKey) === true || paddleEndings.some((ending) => name.endsWith(ending))
}

/** Reads what `read` does, and a pair of a name and an array as the array. Paddle has no integers of 16 bits without a sign: they are its bfloat16. */
export function paddleReader(read: TensorReader): TensorReader {
  return (value) => {
    const record = read(namedArray(value) ?? value)
    return record !== null && 'dtype' in record && record.dtype === 'U16'
      ? { ...record, dtype: 'BF16' }
      : record
  }
}

function namedArray(value: PickleValue | undefined): PickleValue | undefined {
  if (!isCall(value) || !/^(builtins|__builtin__)\.tuple$/.test(calleeName(value) ?? '')) return undefined
  const [pair] = value.args
  if (!isRecord(pair) || pair.kind !== 'tuple' || pair.items.length !== 2) return undefined
  return typeof pair.items[0] === 'string' ? pair.items[1] : undefined
}

/** The imports of a file of Paddle: those that any has are no more than it needs. */
export function withoutArrays(imports: readonly PickledImport[]): readonly PickledImport[] {
  return imports.map((one) => (ofArrays.test(one.name) ? { ...one, allowed: true } : one))
}

/** State dicts of nothing but what an optimizer keeps are of one. */
export function withOptimizers(stateDicts: readonly StateDict[]): readonly StateDict[] {
  return stateDicts.map((stateDict) => {
    const names = Array.from(stateDict.tensors, ({ name }) => name)
    const isOptimizer = names.length > 0 && names.every((name) => accumulator.test(name))
    return isOptimizer ? { ...stateDict, role: 'optimizer' } : stateDict
  })
}
