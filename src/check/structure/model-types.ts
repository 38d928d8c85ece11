import { baseModels, heads } from './model-types-text.ts'

/** A module, or a tensor that a module registers itself, which models of one type have. */
export interface ModuleNeed {
  /** The last segment of its path; `*` for the numbered members of a list. */
  readonly name: string
  /** Whether it is there whatever the configuration says, where its parent is. */
  readonly isRequired: boolean
  /** Of a layer: whether it has a bias beside its weight; `together`: where those beside it that say so have one. */
  readonly bias: 'always' | 'together' | 'maybe' | 'never'
  readonly children: readonly ModuleNeed[]
}

/** What `transformers` builds for a `model_type`, and `save_pretrained` writes. */
export interface ModelType {
  /** Types that have these modules. */
  readonly types: readonly string[]
  /** What a model with a head calls its base model. */
  readonly prefix: string
  readonly modules: readonly ModuleNeed[]
}

let read: readonly ModelType[] | undefined

/** All types that are known. */
export function modelTypes(): readonly ModelType[] {
  read ??= lines(baseModels).map((line) => {
    const [types = '', prefix = '', modules = ''] = line.split(': ')
    return { types: types.split(' '), prefix, modules: parsed(modules) }
  })
  return read
}

/** undefined where the type is not known. */
export function modelTypeOf(type: unknown): ModelType | undefined {
  return modelTypes().find(({ types }) => types.some((one) => one === type))
}

/** What a class of `transformers` has beside its base model, whatever its configuration says. */
export function headOf(architecture: unknown): readonly ModuleNeed[] {
  for (const line of lines(heads)) {
    const [modules = '', classes = ''] = line.split(': ')
    if (classes.split(' ').some((one) => one === architecture)) return parsed(modules)
  }
  return []
}

function lines(text: string): readonly string[] {
  return text.trim().split('\n')
}

const biases = [
  ['+', 'always'],
  ['~', 'together'],
  ['^', 'maybe'],
] as const

/** `attn(q+ k v~) norm?`: children in brackets, `?` where it need not be there, `+`, `~` and `^` for a bias. */
function parsed(text: string): readonly ModuleNeed[] {
  let at = 0
  const list = (): ModuleNeed[] => {
    const needs: ModuleNeed[] = []
    while (at < text.length && text[at] !== ')') {
      const [name = ''] = /^[^()?+~^ ]+/.exec(text.slice(at)) ?? []
      at += name.length
      const marks = /^[?+~^]*/.exec(text.slice(at))?.[0] ?? ''
      at += marks.length
      let children: ModuleNeed[] = []
      if (text[at] === '(') {
        at++
        children = list()
        at++
      }
      if (text[at] === ' ') at++
      const bias = biases.find(([mark]) => marks.includes(mark))?.[1] ?? 'never'
      needs.push({ name, isRequired: !marks.includes('?'), bias, children })
    }
    return needs
  }
  return list()
}
