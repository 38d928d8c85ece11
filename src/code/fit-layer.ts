import { type DType, dtypes } from '../model/tensors/dtype.ts'
import { sameShape } from '../model/tensors/shape.ts'
import { layerClass } from './layers/index.ts'
import type { Entry } from './layers/layer.ts'
import { joined, listed, type Template } from './template.ts'

/** Types that torch can draw initial values of, as constructors of layers do. */
const drawn: readonly DType[] = ['F32', 'F16', 'BF16', 'F64', 'C64', 'C128', 'C32']

/**
 * The call of a class of torch.nn whose `state_dict()` has exactly these entries: names, shapes, types and kinds.
 *
 * @param entries of the module and all under it, in the order of the file
 * @param inOrder whether their order has to be that of the class too
 * @returns null where there is no such class, or its entries are others
 */
export function fitLayer(name: string, entries: readonly Entry[], inOrder: boolean): Template | null {
  const found = layerClass(name)
  if (found === undefined || entries.some(({ shape }) => shape.includes(0))) return null
  const own = new Map(entries.map((entry) => [entry.name, entry]))
  const call = found.call(own)
  if (call === null || call.registers.length !== entries.length || entries.length === 0) return null
  const types = new Set<DType>()
  for (const [i, { name: leaf, shape, kind, dtype }] of call.registers.entries()) {
    const entry = own.get(leaf)
    if (entry === undefined || entry.kind !== kind || !sameShape(entry.shape, shape)) return null
    if (inOrder && entries[i] !== entry) return null
    if (dtype === undefined) types.add(entry.dtype ?? 'F32')
    else if (entry.dtype !== null && entry.dtype !== dtype) return null
  }
  const [type = 'F32', ...more] = types
  if (more.length > 0 || !drawn.includes(type) || (found.untyped && type !== 'F32')) return null
  const typed = type === 'F32' ? [] : [`dtype=torch.${dtypes[type].torch}`]
  return joined([`nn.${name}`, listed([...call.arguments, ...typed])])
}
