import type { ListedTensor } from './ours.ts'

/** What one way of torch to load lists: with the identity of each tensor. `path` is null where a key is no name. */
export type TorchList =
  | readonly (readonly [
      path: string | null,
      ...rest: readonly [string, readonly number[], boolean, number | null],
      id: number,
    ])[]
  | 'too much'
  | null

interface Circumstances {
  /** A state dict of TorchScript has no attributes that are neither parameters nor buffers. */
  readonly isScript: boolean
  /** torch swaps the bytes by the type of the storage, whatever that of the tensor, and those of TorchScript never. */
  readonly isBigEndian: boolean
}

/**
 * In what the tensors that are shown differ from what torch loads; null where they do not. An object that torch lists
 * under several paths need be shown under one.
 */
export function differenceOf(
  shown: readonly ListedTensor[],
  answer: TorchList,
  { isScript, isBigEndian }: Circumstances,
): string | null {
  if (answer === null || answer === 'too much') return null
  const isNamed = answer.every(([path]) => path !== null)
  const loaded = answer.map(([path, ...rest]) => ({ path, rest, isShown: false }))
  for (const tensor of shown) {
    const [path, dtype, shape, requiresGrad, values] = tensor
    const fits = ({ path: at, rest }: (typeof loaded)[number]): boolean =>
      (path === null || !isNamed || at === path) &&
      rest[0] === dtype &&
      JSON.stringify(rest[1]) === JSON.stringify(shape) &&
      (isScript || requiresGrad === null || rest[2] === requiresGrad) &&
      (isBigEndian || values === null || rest[3] === null || rest[3] === values)
    const found =
      loaded.find((one) => !one.isShown && fits(one)) ?? (path === null ? loaded.find(fits) : undefined)
    if (found !== undefined) found.isShown = true
    // What a value holds may be an attribute of a dict too, which torch keeps and does not list.
    else if (!isScript && !isOfValue(tensor)) return `torch loads no ${JSON.stringify(tensor)}`
  }
  const ids = new Set(loaded.flatMap(({ isShown, rest }) => (isShown ? [rest[4]] : [])))
  const missing = loaded.find(({ isShown, rest }) => !isShown && !ids.has(rest[4]))
  return missing === undefined ? null : `not shown: ${JSON.stringify([missing.path, ...missing.rest])}`
}

function isOfValue([path, , , requiresGrad, values]: ListedTensor): boolean {
  return path === null && requiresGrad === null && values === null
}
