import type { OriginalName } from '../published-names.ts'
import { originalNames } from './original-names.ts'

/** By architecture, and by a name of a GGUF file with `#` for the number of its block: names with `#`, `*` and `/`. */
type Rows = ReadonlyMap<string, readonly string[]>
let originals: { readonly of: ReadonlyMap<string, Rows>; readonly any: Rows } | undefined

function all(): NonNullable<typeof originals> {
  if (originals !== undefined) return originals
  const any = new Map<string, readonly string[]>()
  const made = new Map<string, Map<string, readonly string[]>>()
  const [architectures = '', ...lines] = originalNames
    .trim()
    .replaceAll('@', 'blk.#.')
    .replaceAll('&', 'model.layers.#.')
    .split('\n')
  for (const architecture of architectures.split(' ')) made.set(architecture, new Map())
  let rows: Map<string, readonly string[]>[] = []
  for (const line of lines) {
    const [first = '', ...rest] = line.replace(/^\[|\]$/g, '').split(' ')
    if (line.startsWith('[')) {
      const named = new Set([first, ...rest])
      rows = [...made].flatMap(([architecture, names]) =>
        named.has(architecture) === named.has('!') ? [] : [names],
      )
    } else for (const names of [any, ...rows]) names.set(first, [...(names.get(first) ?? []), ...rest])
  }
  originals = { of: made, any }
  return originals
}

const longestName = 64

/** What a tensor of a GGUF file of this architecture is in models of transformers; null where the table does not know. */
export function originalOf(architecture: string, name: string): OriginalName | null {
  const [found, number] = lookedUp(all().of.get(architecture), name)
  const [first] = found
  if (first === undefined) return null
  const names = found.map((each) => each.replace(/^\//, '').replace('#', number))
  return { names, isPart: first.startsWith('/') }
}

/** Whether ggml's name is that of a tensor of a model of transformers, of any architecture: none of them is computed. */
export function isKnownWeight(name: string): boolean {
  return lookedUp(all().any, name)[0].length > 0
}

function lookedUp(rows: Rows | undefined, name: string): readonly [names: readonly string[], number: string] {
  if (rows === undefined || name.length > longestName || /#|\.$/.test(name)) return [[], '']
  const number = /^(?:enc\.|dec\.)?blk\.(0|[1-9]\d{0,5})\./.exec(name)?.[1] ?? ''
  const pattern = number === '' ? name : name.replace(`blk.${number}.`, 'blk.#.')
  const whole = rows.get(pattern)
  if (whole !== undefined) return [whole, number]
  const ending = /\.(weight|bias)$/.exec(pattern)?.[1]
  if (ending === undefined) return [[], '']
  const module = rows.get(pattern.slice(0, -ending.length)) ?? []
  return [module.map((each) => each + ending), number]
}
