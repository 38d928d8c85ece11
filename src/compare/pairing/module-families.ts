import { leafName } from '../../model/modules/tree.ts'
import type { ComparedTensors } from '../compared-tensors.ts'
import { templateOf } from '../fold-names.ts'
import { nameWords } from './name-likeness.ts'
import { structuralName } from './structural-name.ts'

/** Words are looked for in this much of a path, from its end. */
const longestTemplate = 1_000

/** A module that has tensors of its own without a partner. */
export interface LooseModule {
  readonly path: string
  /** In the path, in order. */
  readonly numbers: readonly number[]
  /** Leaf names, and the index of each one's tensor. */
  readonly leaves: readonly (readonly [string, number])[]
}

/** Modules whose paths differ in numbers only: the same part of every block. */
export interface ModuleFamily {
  /** The path with `#` for numbers; the path itself where it has none that count. */
  readonly template: string
  readonly modules: readonly LooseModule[]
  readonly words: ReadonlySet<string>
  /** Of the last segment that is no number. */
  readonly ownWords: ReadonlySet<string>
  /** Position among the families of its side. */
  readonly order: number
}

/** The modules that own tensors, in order of first appearance. */
export function looseModules(tensors: ComparedTensors, indices: readonly number[]): LooseModule[] {
  const modules = new Map<string, LooseModule & { readonly leaves: (readonly [string, number])[] }>()
  for (const index of indices) {
    const name = structuralName(tensors.name(index))
    const leaf = leafName(name)
    const path = name.slice(0, Math.max(0, name.length - leaf.length - 1))
    const module = modules.get(path)
    if (module === undefined) modules.set(path, { path, numbers: [], leaves: [[leaf, index]] })
    else module.leaves.push([leaf, index])
  }
  return [...modules.values()]
}

/** The families that modules make, in order of first appearance: those of one template, or each its own. */
export function moduleFamilies(modules: readonly LooseModule[], literal: boolean): ModuleFamily[] {
  const families = new Map<string, LooseModule[]>()
  for (const module of modules) {
    const template = literal ? null : templateOf(module.path)
    const key = template?.text ?? module.path
    const member = template === null ? module : { ...module, numbers: template.numbers }
    const family = families.get(key)
    if (family === undefined) families.set(key, [member])
    else family.push(member)
  }
  return [...families].map(
    ([template, members], order) =>
      new Family(
        template,
        members,
        order,
        spoken(template, (other) => families.has(other)),
      ),
  )
}

/**
 * The template in the words that tell its norm from others: of three that are numbered, the second is that of cross attention and the
 * third that of the MLP (torch.nn.TransformerDecoderLayer, blocks of diffusers), where of two it is the second.
 */
function spoken(template: string, has: (template: string) => boolean): string {
  const found = /^(.*?(?:norm|ln)_?)([23])$/.exec(template)
  if (found === null) return template
  const [, stem = '', number] = found
  if (!has(`${stem}2`) || !has(`${stem}3`)) return template
  const around = template.slice(0, template.lastIndexOf('.') + 1)
  return around + (number === '2' ? 'encoder_attn_layer_norm' : 'final_layer_norm')
}

/** Most families are never compared with another, so their words are looked at when they are. */
class Family implements ModuleFamily {
  readonly template: string
  readonly modules: readonly LooseModule[]
  readonly order: number
  readonly #spoken: string
  #words: ReadonlySet<string> | undefined
  #ownWords: ReadonlySet<string> | undefined

  constructor(template: string, modules: readonly LooseModule[], order: number, spokenTemplate: string) {
    this.#spoken = spokenTemplate
    this.template = template
    this.modules = modules
    this.order = order
  }

  get words(): ReadonlySet<string> {
    this.#words ??= nameWords(this.#spoken.slice(-longestTemplate))
    return this.#words
  }

  get ownWords(): ReadonlySet<string> {
    if (this.#ownWords === undefined) {
      const segments = this.#spoken.slice(-longestTemplate).split('.')
      this.#ownWords = nameWords(segments.findLast((segment) => !/^[#0-9]*$/.test(segment)) ?? '')
    }
    return this.#ownWords
  }
}

/**
 * The same for two families that may be one: their modules hold the same, number by number where that is not
 * the same for all.
 *
 * @param contentOf what is compared of a module
 */
export function familyKey(family: ModuleFamily, contentOf: (module: LooseModule) => string): string {
  const arity = family.modules[0]?.numbers.length ?? 0
  const contents = family.modules.map(contentOf)
  const [first = ''] = contents
  if (contents.every((content) => content === first)) return `${arity} ${first}`
  return `${arity} ${family.modules
    .map(({ numbers }, i) => `${numbers}=${contents[i]}`)
    .sort()
    .join(';')}`
}

/** The modules of two families that have the same numbers. */
export function modulePairs(a: ModuleFamily, b: ModuleFamily): (readonly [LooseModule, LooseModule])[] {
  const byNumbers = new Map(b.modules.map((module) => [module.numbers.join(), module]))
  return a.modules.flatMap((module) => {
    const partner = byNumbers.get(module.numbers.join())
    return partner === undefined ? [] : [[module, partner] as const]
  })
}
