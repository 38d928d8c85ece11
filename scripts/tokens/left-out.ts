import { bufferProbability, isTakenForBuffer } from '../../src/evidence/token-model.ts'
import type { TokenWeights } from '../../src/evidence/token-table.ts'
import { leafName } from '../../src/model/modules/tree.ts'
import type { Example } from './examples.ts'

/** What a table that a library was left out of says of its tensors of which nothing else speaks. */
export interface LeftOut {
  readonly library: string
  readonly tensors: number
  /** Wrong answers where all are taken for parameters. */
  readonly before: number
  readonly fixed: number
  readonly broken: number
  /** Wrong answers that the probabilities lead to expect. */
  readonly expected: number
}

/** Libraries by one author, or of one thing, are left out together. */
export function familyOf(library: string): string {
  const name = library.toLowerCase().replace(/_/g, '-')
  if (/^(gpytorch|linear-operator|botorch)/.test(name)) return 'gpytorch'
  if (/^torch-?ao$/.test(name)) return 'torchao'
  if (/^asteroid/.test(name)) return 'asteroid'
  if (lucidrains.test(name)) return 'lucidrains'
  return name
}

const lucidrains =
  /^(vit-pytorch|performer-pytorch|x-transformers|vector-quantize-pytorch|denoising-diffusion-pytorch|imagen-pytorch|alphafold3-pytorch|equiformer-pytorch|se3-transformer-pytorch|egnn-pytorch|audiolm-pytorch|musiclm-pytorch|magvit2-pytorch|perceiver-pytorch|enformer-pytorch)$/

export function leftOut(
  live: readonly Example[],
  defined: readonly Example[],
  /** The table of some examples, as it would be used. */
  made: (examples: readonly Example[]) => TokenWeights,
): readonly LeftOut[] {
  const all = [...live, ...defined]
  return [...new Set(live.map(({ library }) => library))].sort().flatMap((library): LeftOut[] => {
    const open = live.filter((one) => one.library === library && one.isOpen)
    if (open.length === 0) return []
    const weights = made(all.filter((one) => familyOf(one.library) !== familyOf(library)))
    const sum = { library, tensors: 0, before: 0, fixed: 0, broken: 0, expected: 0 }
    for (const { name, features, isBuffer, count } of open) {
      const probability = bufferProbability(features, weights)
      const saysBuffer = isTakenForBuffer(leafName(name), probability)
      sum.tensors += count
      if (isBuffer) sum.before += count
      if (saysBuffer && isBuffer) sum.fixed += count
      if (saysBuffer && !isBuffer) sum.broken += count
      sum.expected += count * (saysBuffer ? 1 - probability : probability)
    }
    return [sum]
  })
}
