import type { Skeleton, SkeletonMap } from '../../codec/json-skeleton.ts'
import { NumberList } from '../../codec/number-list.ts'
import { isManifestEntry } from './manifest-entry.ts'

/** How the tensors of an object are given: described (`manifest`), as their values (`lists`), or there are none. */
export type TensorStyle = 'manifest' | 'lists' | null

/**
 * Looks at an object and the objects in it, as deep as they go. A description anywhere decides: lists beside
 * it are data of another kind.
 */
export function tensorStyle(map: SkeletonMap): TensorStyle {
  let style: TensorStyle = null
  const open: SkeletonMap[] = [map]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const value of next.values()) {
      if (isManifestEntry(value)) return 'manifest'
      if (value instanceof NumberList) style = 'lists'
      else if (isMap(value)) open.push(value)
    }
  }
  return style
}

/** The dotted path of the first member that is neither a number, lists of them, nor an object of such. */
export function firstOtherMember(map: SkeletonMap): string | undefined {
  const open: [path: string, map: SkeletonMap][] = [['', map]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [path, inner] = next
    for (const [key, value] of inner) {
      if (isMap(value)) open.push([`${path}${key}.`, value])
      else if (value === null || typeof value === 'string' || Array.isArray(value)) return path + key
    }
  }
  return undefined
}

export function isMap(value: Skeleton | undefined): value is SkeletonMap {
  return value instanceof Map
}

/** Whether a value is an object that holds tensors and is none itself. */
export function isModule(value: Skeleton): value is SkeletonMap {
  return isMap(value) && !isManifestEntry(value) && tensorStyle(value) !== null
}
