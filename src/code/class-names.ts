import { isIdentifier } from './python-text.ts'

/** Names that the written file uses for something else. */
const used = (
  'nn torch build weights flat super range str i self ExtraState NotImplementedError isinstance dict list tuple ' +
  'enumerate open int len sum print bytearray json sys model found prefix keys path parameters inside name value'
).split(' ')

const longest = 40

/** Names for classes, each another. */
export class ClassNames {
  readonly #taken = new Set<string>(used)
  /** By name: the number that was put behind it last. */
  readonly #last = new Map<string, number>()

  has(name: string): boolean {
    return this.#taken.has(name)
  }

  /** `wanted`, or with a number behind it. */
  take(wanted: string): string {
    let name = wanted
    let number = this.#last.get(wanted) ?? 1
    while (this.#taken.has(name)) name = `${wanted}${/\d$/.test(wanted) ? '_' : ''}${++number}`
    this.#last.set(wanted, number)
    this.#taken.add(name)
    return name
  }
}

/** The name of a class as the file has it, as far as Python takes it: `Linear (GPTQ 4-bit)` is `LinearGPTQ4Bit`. */
export function declaredName(label: string): string | null {
  const last = label.slice(label.lastIndexOf('.') + 1)
  if (isIdentifier(last) && last.length <= longest && !last.startsWith('__')) return last
  return capitalised(label)
}

/** A class for what goes by the name of a module: `self_attn` is a `SelfAttn`, a number in `layers` is a `Layer`. */
export function nameOfModule(name: string, above: string): string {
  return capitalised(name) ?? (/[0-9]$/.test(above) ? null : capitalised(singular(above))) ?? 'Block'
}

function capitalised(text: string): string | null {
  const words = text.slice(0, 200).match(/[A-Za-z0-9]+/g) ?? []
  const joined = words.map((word) => (word[0] as string).toUpperCase() + word.slice(1)).join('')
  const name = joined.replace(/^[0-9]+/, '').slice(0, longest)
  return isIdentifier(name) ? name : null
}

function singular(name: string): string {
  if (/(?:ss|us|is)$/.test(name)) return name
  return name
    .replace(/ies$/, 'y')
    .replace(/([sx])es$/, '$1')
    .replace(/s$/, '')
}
