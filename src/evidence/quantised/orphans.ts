import type { ModuleNode } from '../../model/modules/tree.ts'
import type { OwnTensor } from '../own-tensors.ts'
import { isCode, type PackedSet, type Reading } from './packed.ts'
import type { Placed } from './settle.ts'

/** What the packed weights of one leaf and type have in common. */
interface Template {
  readonly set: PackedSet
  count: number
  /** Companions by their name below the module, and how many of the weights have them. */
  readonly companions: Map<string, number>
  /** Weights behind each stored number, the same for all of them; null where it differs. */
  ratio: number | null
}

/** A packed weight, seen by what packed weights of the same name have that it does not. */
export class Orphans {
  readonly #templates = new Map<string, Template>()

  /** @param nameOf the whole name of a tensor of the state dict */
  constructor(
    placed: readonly Placed[],
    readings: ReadonlyMap<PackedSet, Reading | null>,
    nameOf: (index: number) => string,
  ) {
    for (const { set, node } of placed) {
      const { tensor } = set.weight
      if (isUnknown(set) || tensor.elements === 0) continue
      const key = keyOf(set.weight)
      const reading = readings.get(set)
      const ratio = reading == null ? null : reading.elements / tensor.elements
      let template = this.#templates.get(key)
      if (template === undefined) {
        template = { set, count: 0, companions: new Map(), ratio }
        this.#templates.set(key, template)
      }
      template.count++
      if (template.ratio !== ratio) template.ratio = null
      for (const { own } of set.companions) {
        const name = below(node, nameOf(own.index))
        template.companions.set(name, (template.companions.get(name) ?? 0) + 1)
      }
    }
  }

  /**
   * The set of a packed weight that no layout knows by what stands beside it, where at least three of its name and type
   * are of one layout; null else. What most of those have is missing.
   */
  setOf(own: OwnTensor, has: (leaf: string) => boolean): PackedSet | null {
    if (!isCode(own.tensor.dtype) || own.tensor.shape.length < 2) return null
    const template = this.#templates.get(keyOf(own))
    if (template === undefined || template.count < 3) return null
    const missing = [...template.companions]
      .filter(([name, count]) => 10 * count >= 9 * template.count && !has(name))
      .map(([name]) => name)
      .sort()
    if (missing.length === 0) return null
    const { scheme, kind, trainable, level } = template.set
    const elements = template.ratio === null ? null : own.tensor.elements * template.ratio
    return {
      scheme,
      weight: own,
      kind,
      trainable,
      readings: elements === null || !Number.isInteger(elements) ? [] : [{ bits: 4, elements }],
      least: own.tensor.elements,
      companions: [],
      missing,
      ...(level === undefined ? {} : { level }),
    }
  }
}

/** Of the last resort, which says nothing of what belongs together. */
export function isUnknown(set: PackedSet): boolean {
  return set.scheme.startsWith('packed')
}

function keyOf({ leaf, tensor }: OwnTensor): string {
  return `${tensor.dtype} ${leaf}`
}

function below(node: ModuleNode, name: string): string {
  return node.path === '' ? name : name.slice(node.path.length + 1)
}
