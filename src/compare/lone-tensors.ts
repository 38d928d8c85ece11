import type { TensorReport } from '../model/report.ts'
import type { LoneTensor } from './difference.ts'
import { harmlessBuffer } from './harmless-buffers.ts'

/** Modules are looked for in this much of a name: the cost must not grow with the square of the depth. */
const longestPath = 1_000

/**
 * The tensors of one side that the other has nothing of.
 *
 * @param alone their indices, ascending
 */
export function loneTensors(
  tensors: readonly TensorReport[],
  alone: readonly number[],
  isInExtraBlock: (index: number) => boolean,
): LoneTensor[] {
  if (alone.length === 0) return []
  const isAlone = new Set(alone)
  const shared = new Set<string>()
  tensors.forEach(({ name }, index) => {
    if (!isAlone.has(index)) for (const path of modulesOf(name)) shared.add(path)
  })
  return alone.flatMap((index) => {
    const tensor = tensors[index]
    if (tensor === undefined) return []
    const { name, kind, kindLevel, dtype, shape, elements } = tensor
    let module: string | null = null
    for (const path of modulesOf(name)) {
      if (shared.has(path)) continue
      module = path
      break
    }
    const harmless = harmlessBuffer(tensor)
    const inExtraBlock = isInExtraBlock(index)
    const known = { name, kind, kindLevel, dtype, shape, elements, module, inExtraBlock }
    return harmless === undefined ? known : { ...known, harmless }
  })
}

/** The paths of the modules around a tensor, outermost first. */
function* modulesOf(name: string): Generator<string> {
  for (let dot = name.indexOf('.'); dot >= 0 && dot < longestPath; dot = name.indexOf('.', dot + 1))
    yield name.slice(0, dot)
}
