import { isRecord, type PickleCall, type PickleRecord, type PickleValue } from './pickle-value.ts'

// When two keys of a dict or set are one: Python's == and hash, for what is compared by value.

/** From 16,384 characters on V8 hashes a string by its length alone, and a Map of such is searched one by one. */
const longestPlain = 8_192

/** Gives equal keys one canonical form, which can be the key of a Map. */
export class KeySpace {
  private readonly identities = new WeakMap<PickleRecord, string>()
  private count = 0
  private readonly longTexts = new Map<number, { readonly text: string }[]>()
  private readonly spend: (work: number) => void
  private readonly keyOfCall: (call: PickleCall) => unknown

  /**
   * @param spend is told of the work that a key is: one that shares its parts is larger than its stream
   * @param keyOfCall the canonical form of what a call gives
   */
  constructor(spend: (work: number) => void, keyOfCall: (call: PickleCall) => unknown) {
    this.spend = spend
    this.keyOfCall = keyOfCall
  }

  /** True is 1 is 1.0. Tuples are compared by what is in them, frozen sets and objects by identity. */
  keyOf(key: PickleValue): unknown {
    if (typeof key === 'string') {
      const text = key.startsWith('\0') ? `\0s${key}` : key
      return text.length <= longestPlain ? text : this.interned(text)
    }
    if (typeof key === 'boolean') return key ? 1 : 0
    if (!isRecord(key)) return key
    if (key.kind === 'float') return numberOf(key.value) ?? key
    if (key.kind === 'call') return this.keyOfCall(key)
    return key.kind === 'tuple' || key.kind === 'bytes' || key.kind === 'global' ? this.compound(key) : key
  }

  /**
   * Written so that equal values are equal texts, and no text is that of a string: one that begins with NUL has `\0s` before
   * it. Not recursive, as keys may be deep.
   */
  private compound(root: PickleRecord): unknown {
    const texts = ['\0']
    let length = 0
    const pending: (PickleValue | typeof closing)[] = [root]
    for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
      let text = ')'
      if (value !== closing && isRecord(value as PickleValue) && (value as PickleRecord).kind === 'tuple') {
        const { items } = value as PickleRecord & { readonly kind: 'tuple' }
        pending.push(closing)
        for (let i = items.length - 1; i >= 0; i--) pending.push(items[i] as PickleValue)
        text = '('
      } else if (value !== closing) text = this.atom(value as PickleValue)
      texts.push(text)
      length += text.length
      this.spend(1 + text.length / 64)
    }
    return length <= longestPlain ? texts.join('') : this.interned(texts.join(''))
  }

  private atom(value: PickleValue): string {
    if (value === null) return 'N'
    if (typeof value === 'string') return `s${value.length}:${value}`
    if (typeof value === 'boolean') return value ? 'n1,' : 'n0,'
    if (!isRecord(value)) return `n${value},`
    const number = value.kind === 'float' ? numberOf(value.value) : undefined
    if (number !== undefined) return `n${number === 0 ? 0 : number},`
    if (value.kind === 'bytes') return `b${value.bytes.join(' ')},`
    if (value.kind === 'global')
      return `g${value.module.length}:${value.module}${value.name.length}:${value.name}`
    const called = value.kind === 'call' ? this.keyOfCall(value) : value
    if (!isRecord(called as PickleValue))
      return `c${typeof called === 'string' ? called.length : ''}:${called},`
    const known = this.identities.get(value) ?? `#${this.count++},`
    this.identities.set(value, known)
    return known
  }

  /** One object for all long texts that are equal, found by a hash of all their characters. */
  private interned(text: string): object {
    const hash = hashOf(text)
    const before = this.longTexts.get(hash) ?? []
    const found = before.find((one) => one.text === text)
    if (found !== undefined) return found
    const made = { text }
    before.push(made)
    this.longTexts.set(hash, before)
    this.spend(before.length + text.length / 64)
    return made
  }
}

const closing = Symbol('the end of a tuple')

/** As Python compares numbers: a float that is an integer equals it, of any size. undefined for NaN, equal to nothing. */
function numberOf(value: number): number | bigint | undefined {
  if (Number.isNaN(value)) return undefined
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(value) : value
}

/** 53 bits of two multiplicative hashes; it starts anywhere, so nobody can write texts that collide. */
const [seedA, seedB] = [Math.floor(Math.random() * 2 ** 32), Math.floor(Math.random() * 2 ** 32)]
function hashOf(text: string): number {
  let [a, b] = [seedA, seedB]
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    a = Math.imul(a ^ code, 0x9e3779b1)
    b = Math.imul(b ^ code, 0x85ebca6b)
    a ^= b >>> 15
  }
  return (a >>> 0) * 2 ** 21 + ((b >>> 0) & 0x1fffff)
}
