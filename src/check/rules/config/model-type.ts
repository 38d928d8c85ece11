import { inspectionOf } from '../../../model/inspection.ts'
import { foldedList } from '../../../model/names/folded-names.ts'
import { rule } from '../../rule.ts'
import { type HeldToType, heldToType } from '../../structure/held-to-type.ts'
import { lowRankPairs } from '../../structure/low-rank-pairs.ts'
import { type ModelType, type ModuleNeed, modelTypeOf, modelTypes } from '../../structure/model-types.ts'

/** What transformers loads of a folder when it is given no name. */
const loadedByDefault = /^(?:model|pytorch_model)(?:-\d+-of-\d+)?\.(?:safetensors|bin)$/

/** Fewer kinds of modules tell no type from another. */
const fewest = 6

export const configModelType = rule({
  id: 'config/model-type',
  level: 'error',
  claim: 'The tensors are those of a model of the type that config.json says',
  why: 'transformers builds the class of model_type, leaves out what that does not have, initialises what the file does not have, and computes something else with the rest.',
  case: 'A config.json copied from the folder of another model: weights of one architecture load into another with a list of missing and unexpected keys, which few read.',
  fix: 'use the config.json that was saved with these weights',
  message: ({
    type,
    fits,
    missing,
    unknown,
  }: {
    type: string
    fits: readonly string[]
    missing: readonly string[]
    unknown: readonly string[]
  }) =>
    `config.json says ${JSON.stringify(type)}, and the tensors are those of a model of type ${fits.map((one) => JSON.stringify(one)).join(' or ')}` +
    (missing.length === 0 ? '' : `: ${foldedList(missing)} ${missing.length === 1 ? 'is' : 'are'} missing`) +
    (unknown.length === 0
      ? ''
      : `${missing.length === 0 ? ': ' : ', '}${foldedList(unknown)} ${unknown.length === 1 ? 'is' : 'are'} not in one of type ${JSON.stringify(type)}`),
  about: ['file', 'key'],

  *check({ checkpoint, stateDict, isWhole }, tell) {
    const { config } = checkpoint.side
    if (stateDict === null || config === undefined || !isWhole || stateDict.role !== 'model') return
    const type = config.get('model_type')
    const said = modelTypeOf(type)
    if (said === undefined || config.has('auto_map') || lowRankPairs(stateDict).length > 0) return
    if (!checkpoint.files.some(({ name, role }) => role === 'weights' && loadedByDefault.test(name))) return
    const inspection = inspectionOf(stateDict)
    const held = heldToType(inspection, said)
    if (held !== null && held.missing.length === 0 && held.unknown.length === 0) return
    const fits: ModelType[] = []
    const bases = new Set<string>()
    for (const other of modelTypes()) {
      if (other === said) continue
      const found = heldToType(inspection, other)
      if (found !== null && isAll(found) && found.present >= (held?.present ?? 0)) {
        fits.push(other)
        if (found.base.split('.').at(-1) === other.prefix) bases.add(other.prefix)
      }
    }
    // One that calls its base model so comes first, and then the one of the fewest modules has none that it could do without.
    const isOwn = ({ prefix }: ModelType): number => (bases.has(prefix) ? 0 : 1)
    const closest = fits
      .sort((a, b) => isOwn(a) - isOwn(b) || countOf(a.modules) - countOf(b.modules))
      .flatMap(({ types }) => types)
    if (fits.length > 0)
      yield tell(
        {
          type: String(type),
          fits: closest.slice(0, 3),
          missing: held?.missing ?? [],
          unknown: held?.unknown ?? [],
        },
        { file: 'config.json', key: 'model_type' },
      )
  },
})

function countOf(needs: readonly ModuleNeed[]): number {
  return needs.reduce((sum, { children }) => sum + 1 + countOf(children), 0)
}

/** Whether a state dict is a model of the type, with nothing more and nothing less. */
function isAll(held: HeldToType): boolean {
  return held.missing.length === 0 && held.unknown.length === 0 && held.present >= fewest
}
