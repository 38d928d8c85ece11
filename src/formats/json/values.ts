import { RealNumber, type Skeleton } from '../../codec/json-skeleton.ts'
import { NumberList } from '../../codec/number-list.ts'
import { isMap } from './tensor-search.ts'

/** Values listed of one document. What is past it is counted. */
const valuesListed = 1_000

/** What of a document is no tensor, by dotted path, in a few characters each. */
export class Values {
  readonly shown = new Map<string, string>()
  private left = 0

  /** Adds `value` and what is in it. */
  add(path: string, value: Skeleton): void {
    const open: [string, Skeleton][] = [[path, value]]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const [at, inner] = next
      const members = membersOf(inner)
      if (members === undefined || members.length === 0) this.put(at, describe(inner))
      else
        for (const [key, member] of members.reverse()) open.push([at === '' ? key : `${at}.${key}`, member])
    }
  }

  /** All that was added; the last says how much was left out. */
  all(): ReadonlyMap<string, string> {
    if (this.left > 0) this.shown.set('…', `${this.left} more`)
    return this.shown
  }

  private put(path: string, text: string): void {
    if (this.shown.size < valuesListed) this.shown.set(path, text)
    else this.left++
  }
}

function membersOf(value: Skeleton): [string, Skeleton][] | undefined {
  if (isMap(value)) return [...value]
  // A list of objects is shown member by member, any other as a list.
  if (Array.isArray(value) && value.some(isMap)) return value.map((member, index) => [String(index), member])
  return undefined
}

function describe(value: Skeleton): string {
  if (typeof value === 'string') return JSON.stringify(value.length <= 80 ? value : `${value.slice(0, 79)}…`)
  if (value instanceof RealNumber) return String(value.value)
  if (value instanceof NumberList) return describeList(value)
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (isMap(value)) return 'an empty object'
  return String(value).slice(0, 80)
}

function describeList({ shape, integers, fault }: NumberList): string {
  if (fault === null && integers !== null && integers.length <= 8) return `[${integers.join(', ')}]`
  return shape.length === 1 ? `a list of ${shape[0]}` : `lists of shape [${shape.join(', ')}]`
}
