import { nameList } from '../../../findings/name-list.ts'
import type { PlainMap } from '../../../model/checkpoint.ts'
import { rule } from '../../rule.ts'
import { blockLists } from '../../structure/block-lists.ts'
import { lowRankPairs } from '../../structure/low-rank-pairs.ts'
import { outerModules } from '../../structure/outer-modules.ts'
import { isOfAuthor } from '../../structure/second-saves.ts'

export const configModules = rule({
  id: 'config/modules',
  level: 'error',
  claim: 'The modules around the blocks of a model of a known type are there',
  why: 'transformers initialises at random what a file does not have, and warns. Without its embedding or its last norm a model loads, and answers noise.',
  case: 'A shard with the embedding of the model was not in the index, and training began from random values (unslothai/unsloth PR #7375).',
  fix: 'save or convert the checkpoint again, and look at what was lost on the way',
  message: ({ modules, type }: { modules: readonly string[]; type: string }) =>
    `a model of type ${JSON.stringify(type)} has ${nameList(modules)}, and no tensor is there: loading it initialises ${modules.length === 1 ? 'it' : 'them'} at random`,
  about: ['file', 'key', 'tensor'],

  *check({ checkpoint, stateDict, isWhole }, tell) {
    const { config } = checkpoint.side
    if (stateDict === null || config === undefined || !isWhole || stateDict.role !== 'model') return
    if (lowRankPairs(stateDict).length > 0 || isOfAuthor(checkpoint)) return
    const lists = blockLists(stateDict)
    const isTied = config.get('tie_word_embeddings') !== false
    const names = stateDict.tensors.map(({ name }) => name)
    const isThere = (module: string): boolean =>
      names.some((name) => name === module || name.startsWith(`${module}.`))
    const hasHead = names.some((name) => /(?:^|\.)(?:lm_head|embed_out)\./.test(name))
    for (const type of typesOf(config))
      for (const { list, modules, embedding } of outerModules(type)) {
        const found = lists.find(({ path }) => path === list || path.endsWith(`.${list}`))
        if (found === undefined) continue
        const base = found.path.slice(0, found.path.length - list.length)
        const missing = modules
          .filter((module) => !isThere(base + module) && !(module === embedding && isTied && hasHead))
          .map((module) => base + module)
        const [first] = missing
        // Blocks and nothing around them are a part of a model, and not one that lost something.
        const isPart = () => names.every((name) => lists.some(({ path }) => name.startsWith(`${path}.`)))
        if (first === undefined || (missing.length === modules.length && !hasHead && isPart())) continue
        yield tell({ modules: missing, type }, { file: 'config.json', key: 'model_type', tensor: first })
      }
  },
})

/** The type of the model, and of its part for text. */
function typesOf(config: PlainMap): readonly string[] {
  const text = config.get('text_config')
  const types = [config.get('model_type'), text instanceof Map ? text.get('model_type') : undefined]
  return types.filter((type) => typeof type === 'string')
}
