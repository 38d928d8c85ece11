import { isFloating, type ModuleView } from './module-view.ts'
import type { OwnTensor } from './own-tensors.ts'

/** Siblings and words of one name that are looked at: names may be as long as a file makes them. */
const mostSiblings = 12
const mostWords = 12
const longestName = 80

/** What is seen of a tensor. null: not known, as of a class that is read and not built. */
export interface Seen {
  readonly leaf: string
  readonly siblings: readonly {
    readonly leaf: string
    readonly isFloat: boolean
    readonly isAlike: boolean | null
  }[]
  readonly form: string | null
  readonly dtype: string | null
  /** One row of several elements. */
  readonly isRow: boolean
  /** Names of the module and of the one around it. */
  readonly module: string
  readonly around: string
}

/** `one` for a single element, else `vector`, `square` or the number of dimensions. */
function formOf(shape: readonly number[], elements: number): string {
  if (elements === 1) return 'one'
  if (shape.length === 1) return 'vector'
  return shape.length === 2 && shape[0] === shape[1] ? 'square' : `${Math.min(shape.length, 5)}`
}

/** A tensor among those of its module. The same is seen of all modules that look the same. */
export function seenIn(view: ModuleView, { leaf, tensor }: OwnTensor): Seen {
  const { shape, elements, dtype } = tensor
  const siblings: Seen['siblings'][number][] = []
  for (const other of view.own.values()) {
    // A module may have a million of them.
    if (siblings.length === mostSiblings) break
    if (other.leaf === leaf) continue
    const { shape: size } = other.tensor
    const isAlike = size.length === shape.length && size.every((length, at) => length === shape[at])
    siblings.push({ leaf: other.leaf, isFloat: isFloating(other.tensor), isAlike })
  }
  return {
    leaf,
    siblings,
    form: formOf(shape, elements),
    dtype,
    isRow: shape.length > 1 && shape[0] === 1 && elements > 1,
    module: view.name,
    around: view.parent?.name ?? '',
  }
}

/** What is seen, as words: the last name segment whole and in words, its siblings, its module, its form and type. */
export function tokenFeatures({ leaf, siblings, form, dtype, isRow, module, around }: Seen): string[] {
  const whole = shortened(leaf)
  const words = wordsOf(leaf)
  const features = new Set(['', `l ${whole}`, `e ${words.at(-1) ?? ''}`])
  for (const word of words) features.add(`w ${word}`)
  if (form !== null) {
    features.add(`f ${form}`).add(`lf ${whole} ${form}`)
    for (const word of words) features.add(`wf ${word} ${form}`)
  }
  if (dtype !== null) features.add(`d ${dtype}`)
  if (leaf.startsWith('_')) features.add('under')
  if (isRow) features.add('row')
  for (const sibling of siblings) {
    features.add(`s ${shortened(sibling.leaf)}`)
    if (!sibling.isFloat) features.add('s int')
    if (sibling.isAlike === true) features.add('s alike')
  }
  features.add(`n ${Math.min(siblings.length, 5)}`)
  for (const word of wordsOf(module)) features.add(`m ${word}`)
  for (const word of wordsOf(around)) features.add(`p ${word}`)
  return [...features]
}

const shortened = (name: string): string => name.slice(0, longestName).toLowerCase().replace(/\d+/g, '#')

/** `running_meanSquare2` is running, mean, square and #. Character by character: every tensor's name is taken apart. */
function wordsOf(name: string): string[] {
  const words: string[] = []
  const end = Math.min(name.length, longestName)
  let begin = 0
  let before: Sort = 'mark'
  let isNumber = true
  for (let at = 0; at <= end && words.length < mostWords; at++) {
    const sort = at === end ? 'mark' : sortOf(name.charCodeAt(at))
    const isBorder =
      sort === 'mark' ||
      (sort === 'upper' && (before === 'lower' || before === 'digit')) ||
      (sort === 'digit' && (before === 'lower' || before === 'upper'))
    if (isBorder) {
      if (at > begin) words.push(isNumber ? '#' : name.slice(begin, at).toLowerCase())
      begin = sort === 'mark' ? at + 1 : at
      isNumber = true
    }
    if (sort !== 'digit' && sort !== 'mark') isNumber = false
    before = sort
  }
  return words
}

/** What a character is where words begin and end. Letters beyond ASCII begin none. */
type Sort = 'lower' | 'upper' | 'digit' | 'mark' | 'other'

function sortOf(code: number): Sort {
  if (code >= 0x61 && code <= 0x7a) return 'lower'
  if (code >= 0x41 && code <= 0x5a) return 'upper'
  if (code >= 0x30 && code <= 0x39) return 'digit'
  // `-`, `.` and `_`.
  return code === 0x2d || code === 0x2e || code === 0x5f ? 'mark' : 'other'
}
