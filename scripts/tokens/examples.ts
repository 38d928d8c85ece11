import { readFileSync } from 'node:fs'
import { subjectOf } from '../../src/classify.ts'
import { isFloating, ModuleView } from '../../src/evidence/module-view.ts'
import { resolve } from '../../src/evidence/resolve.ts'
import { seenIn, tokenFeatures } from '../../src/evidence/token-features.ts'
import type { StateDict } from '../../src/model/checkpoint.ts'
import { checkpointOf, readTruth } from '../accuracy/truth.ts'

/** A float tensor of a live module: what its names show, and what it is. */
export interface Example {
  readonly library: string
  readonly model: string
  readonly name: string
  readonly features: readonly string[]
  readonly isBuffer: boolean
  /** Whether nothing else speaks of it: the answer is assumed, from the base rate or the table. */
  readonly isOpen: boolean
  /** How often it was met, in one library. */
  count: number
}

/** The float tensors of all models of the folders; those that look the same in one library are one. */
export function examplesOf(folders: readonly string[]): Example[] {
  const examples = new Map<string, Example>()
  for (const folder of folders)
    for (const model of readTruth(folder)) {
      const checkpoint = checkpointOf(model, 'dropped')
      const subject = subjectOf(checkpoint, checkpoint.stateDicts[0] as StateDict)
      const { verdicts, pool } = resolve(subject)
      const truth = new Map(model.entries.map((entry) => [entry.name, entry.kind]))
      for (let module = 0; module < subject.tree.size; module++) {
        if (subject.tree.ownCount(module) === 0) continue
        const view = new ModuleView(subject, module)
        for (const own of view.own.values()) {
          if (!isFloating(own.tensor)) continue
          const name = subject.table.name(own.index)
          const kind = pool[verdicts[own.index] as number]?.kind
          const isOpen = kind?.level === 'assumed' && kind.source === openSource
          const features = tokenFeatures(seenIn(view, own))
          const isBuffer = truth.get(name) === 'buffer'
          const key = `${model.library} ${isBuffer} ${isOpen} ${features.join('|')}`
          const known = examples.get(key)
          if (known !== undefined) known.count++
          else
            examples.set(key, {
              library: model.library,
              model: model.model,
              name,
              features,
              isBuffer,
              isOpen,
              count: 1,
            })
        }
      }
    }
  return [...examples.values()]
}

/** Of the answers that rest on nothing but the base rate of floats, or on the table. */
const openSource = 'base-rate'

interface Definition {
  readonly package: string
  readonly class: string
  readonly entries: readonly (readonly [name: string, kind: 'p' | 'b', rank: number | null])[]
}

/** The tensors that classes define (`definitions.py`): names, kinds, and the form of some. */
export function definedExamples(file: string): Example[] {
  const examples: Example[] = []
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line === '') continue
    const { package: library, class: name, entries } = JSON.parse(line) as Definition
    for (const [leaf, kind, rank] of entries) {
      const siblings = entries
        .filter((other) => other[0] !== leaf)
        .map((other) => ({ leaf: other[0], isFloat: true, isAlike: null }))
      const form =
        rank === null ? null : rank === 0 ? 'one' : rank === 1 ? 'vector' : rank === -2 ? 'square' : `${rank}`
      const seen = { leaf, siblings, form, dtype: null, isRow: false, module: name, around: '' }
      const features = tokenFeatures(seen)
      examples.push({
        library,
        model: name,
        name: leaf,
        features,
        isBuffer: kind === 'b',
        isOpen: true,
        count: 1,
      })
    }
  }
  return examples
}
