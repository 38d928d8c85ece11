import { RealNumber, type Skeleton, type SkeletonMap } from '../../codec/json-skeleton.ts'
import { NumberList } from '../../codec/number-list.ts'
import { quoted, SdinspectError } from '../../errors.ts'
import { isMap } from './tensor-search.ts'

/** An object of a report, and its fields as the schema has them. */
export class Member {
  readonly map: SkeletonMap
  readonly path: string

  constructor(map: SkeletonMap, path: string) {
    this.map = map
    this.path = path
  }

  fault(key: string, expected: string): SdinspectError {
    const at = this.path === '' ? key : `${this.path}.${key}`
    return new SdinspectError(
      'format/malformed',
      `the report's ${quoted(at)} is ${shown(this.map.get(key))}, expected ${expected}`,
    )
  }

  text(key: string): string {
    const value = this.map.get(key)
    if (typeof value !== 'string') throw this.fault(key, 'a text')
    return value
  }

  textOrNull(key: string): string | null {
    return this.map.get(key) === null ? null : this.text(key)
  }

  count(key: string): number {
    const value = this.map.get(key)
    if (typeof value !== 'number' || value < 0) throw this.fault(key, 'a count')
    return value
  }

  counts(key: string): number[] {
    const value = this.map.get(key)
    const integers = value instanceof NumberList ? value.integers : null
    if (!integers?.every((one): one is number => typeof one === 'number' && one >= 0))
      throw this.fault(key, 'a list of whole numbers')
    return [...integers]
  }

  truth(key: string): boolean {
    const value = this.map.get(key)
    if (typeof value !== 'boolean') throw this.fault(key, 'true or false')
    return value
  }

  object(key: string): Member {
    const value = this.map.get(key)
    if (!isMap(value)) throw this.fault(key, 'an object')
    return new Member(value, this.path === '' ? key : `${this.path}.${key}`)
  }

  oneOf<T extends string>(key: string, allowed: readonly T[]): T {
    const value = allowed.find((one) => one === this.map.get(key))
    if (value === undefined) throw this.fault(key, allowed.join(', '))
    return value
  }

  texts(key: string): readonly string[] {
    const value = this.map.get(key)
    if (value instanceof NumberList && value.shape[0] === 0) return []
    if (!Array.isArray(value) || !value.every((one) => typeof one === 'string'))
      throw this.fault(key, 'a list of texts')
    return value
  }

  /** Objects of a list. The reader takes an empty list for one of numbers. */
  list(key: string): Member[] {
    const value = this.map.get(key)
    if (value instanceof NumberList && value.shape[0] === 0) return []
    if (!Array.isArray(value)) throw this.fault(key, 'a list of objects')
    return value.map((one: Skeleton, index) => {
      if (!isMap(one)) throw this.fault(`${key}.${index}`, 'an object')
      return new Member(one, `${this.path === '' ? '' : `${this.path}.`}${key}.${index}`)
    })
  }
}

export function shown(value: Skeleton | undefined): string {
  if (value === undefined) return 'missing'
  if (typeof value === 'string') return quoted(value)
  if (value instanceof RealNumber) return String(value.value)
  if (value instanceof NumberList || Array.isArray(value)) return 'a list'
  return isMap(value) ? 'an object' : String(value)
}
