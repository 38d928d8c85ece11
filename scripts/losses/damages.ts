import type { DType } from '../../src/model/tensors/dtype.ts'

/** What a class of transformers saves, without values. */
export interface SavedClass {
  readonly type: string
  readonly class: string
  readonly config: Readonly<Record<string, unknown>>
  readonly tensors: Readonly<Record<string, readonly [dtype: DType, shape: readonly number[]]>>
  /** Names that from_pretrained does without and says nothing of. */
  readonly optional: readonly string[]
}

/** One damage of a model. */
export interface Damage {
  readonly kind: string
  /** Which tensors, in short. */
  readonly what: string
  readonly tensors: SavedClass['tensors']
  readonly config?: Readonly<Record<string, unknown>>
}

type Change = (
  name: string,
  dtype: DType,
  shape: readonly number[],
) => readonly [string, DType, readonly number[]] | null

/** Every damage of a model: what from_pretrained then initialises at random or ends with an error at. */
export function* damagesOf({ tensors, optional }: SavedClass): Iterable<Damage> {
  const all = Object.keys(tensors)
  const without = new Set(optional)
  const kinds = new Map<string, string[]>()
  for (const name of all)
    if (!without.has(name)) {
      const kind = name.replace(/(?<![^.])\d+(?![^.])/g, '*')
      kinds.set(kind, [...(kinds.get(kind) ?? []), name])
    }
  const changed = (kind: string, what: string, names: readonly string[], change: Change): Damage => {
    const touched = new Set(names)
    const entries = Object.entries(tensors).flatMap(([name, [dtype, shape]]) => {
      const made = touched.has(name) ? change(name, dtype, shape) : ([name, dtype, shape] as const)
      return made === null ? [] : [[made[0], [made[1], made[2]] as const] as const]
    })
    return { kind, what, tensors: Object.fromEntries(entries) }
  }
  const lost: Change = () => null
  const turned: Change = (name, dtype, shape) => [name, dtype, [...shape].reverse()]
  const longer: Change = (name, dtype, [rows = 0, ...rest]) => [name, dtype, [rows + 1, ...rest]]
  const shorter: Change = (name, dtype, [rows = 0, ...rest]) => [name, dtype, [rows - 1, ...rest]]
  const otherType: Change = (name, _, shape) => [name, 'F16', shape]
  const renamed: Change = (name, dtype, shape) => [
    name.replace(/([^.]*)\.([^.]*)$/, 'new_$1.$2'),
    dtype,
    shape,
  ]
  yield changed('prefixed', 'all', all, (name, dtype, shape) => [`net.${name}`, dtype, shape])
  for (const [kind, names] of kinds) {
    const [dtype, shape] = tensors[names[0] as string] as SavedClass['tensors'][string]
    const middle = [names[Math.floor((names.length - 1) / 2)] as string]
    const isTurnable = shape.length === 2 && shape[0] !== shape[1]
    const isRepeated = kind.includes('*') && names.length > 2
    yield changed('lost everywhere', kind, names, lost)
    if (isRepeated) yield changed('lost in one block', middle[0] as string, middle, lost)
    if (isTurnable) yield changed('turned everywhere', kind, names, turned)
    if (isTurnable && isRepeated) yield changed('turned in one block', middle[0] as string, middle, turned)
    if (shape.length > 0) yield changed('a row more everywhere', kind, names, longer)
    if (shape.length > 0 && isRepeated)
      yield changed('a row more in one block', middle[0] as string, middle, longer)
    if (shape.length > 0 && (shape[0] as number) > 1)
      yield changed('a row less everywhere', kind, names, shorter)
    if (dtype === 'F32' && isRepeated)
      yield changed('F16 in one block', middle[0] as string, middle, otherType)
    if (kind.includes('.')) yield changed('renamed everywhere', kind, names, renamed)
  }
  const lists = new Map<string, Set<number>>()
  for (const name of all)
    for (const { index, 0: text, 1: number } of name.matchAll(/(?<=\.|^)(\d+)(?=\.)/g)) {
      const path = name.slice(0, index)
      if (text !== '') lists.set(path, (lists.get(path) ?? new Set()).add(Number(number)))
    }
  for (const [path, numbers] of lists) {
    if (numbers.size < 2 || !/(?:layers?|h|blocks?|experts|block)\.$/.test(path)) continue
    const what = path.endsWith('experts.') ? 'expert' : 'block'
    const sorted = [...numbers].sort((a, b) => a - b)
    const below = (number: number) => all.filter((name) => name.startsWith(`${path}${number}.`))
    yield changed(`last ${what} of a list lost`, path, below(sorted.at(-1) as number), lost)
    if (sorted.length > 2)
      yield changed(`middle ${what} of a list lost`, path, below(sorted[1] as number), lost)
  }
}
