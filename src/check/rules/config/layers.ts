import { quoted } from '../../../errors.ts'
import type { PlainMap } from '../../../model/checkpoint.ts'
import { configCount } from '../../../model/config-value.ts'
import type { Finding } from '../../../model/finding.ts'
import { inspectionOf } from '../../../model/inspection.ts'
import { type BlockList, blockLists } from '../../../model/modules/block-lists.ts'
import { numberSet } from '../../../model/modules/fold.ts'
import type { Tell } from '../../rule.ts'
import { rule } from '../../rule.ts'
import { countsLayersOtherwise } from '../../structure/own-meanings.ts'

type Layers = {
  said: number
  /** Path of the list of blocks, and how many there are. */
  list: string
  there: number
  /** Numbers that are not. */
  missing: readonly string[]
  /** Whether config.json names a class of transformers, which has as many layers as it says. */
  isBuilt: boolean
}

export const configLayers = rule({
  id: 'config/layers',
  // What is not in the file is initialised at random; what config.json does not count is left out.
  level: 'warning',
  levelOf: ({ missing, isBuilt }: Layers) => (isBuilt && missing.length > 0 ? 'error' : 'warning'),
  claim: 'The model has the number of layers that config.json says',
  why: 'A layer that is not in the file keeps its initial values; one that config.json does not count is not loaded.',
  case: 'Guards in loaders exist for this alone: "Following weights were not initialized from checkpoint" (vllm, default_loader.py).',
  fix: 'use the config.json that was saved with these weights, or save all layers',
  message: ({ said, list, there, missing }: Layers, { key }) => {
    const lost =
      missing.length === 0
        ? ''
        : `: ${list}.${missing.length === 1 ? missing[0] : numberSet(missing)} is missing`
    return `${key} is ${said}, and ${quoted(list)} has ${there} layers${lost}`
  },
  about: ['file', 'key', 'tensor'],

  *check({ checkpoint, stateDict, isWhole }, tell) {
    const { config } = checkpoint.side
    if (stateDict === null || config === undefined || !isWhole || countsLayersOtherwise(config)) return
    // Layers that predict further tokens are in files of their own too (mtp.safetensors).
    const lists = blockLists(inspectionOf(stateDict).tree).filter(
      ({ path }) => !/(?:^|\.)mtp(?:\.|$)/.test(path),
    )
    // A model of two towers says both numbers under names of their own.
    const towers = [
      ['encoder_layers', /(?:^|\.)encoder\.layers?$/],
      ['decoder_layers', /(?:^|\.)decoder\.layers?$/],
    ] as const
    // T5 says one of them under the name of others.
    const isT5 = configCount(config, 'num_decoder_layers') !== undefined
    const ofT5 = [
      ['num_layers', /(?:^|\.)encoder\.block$/],
      ['num_decoder_layers', /(?:^|\.)decoder\.block$/],
    ] as const
    const stated = [...towers, ...(isT5 ? ofT5 : [])].filter(
      ([key]) => configCount(config, key) !== undefined,
    )
    for (const [key, path] of stated)
      yield* differing(
        key,
        config,
        lists.filter((list) => path.test(list.path)),
        tell,
      )
    if (stated.length > 0) return
    for (const key of ['num_hidden_layers', 'n_layer', 'n_layers', 'num_layers'])
      if (configCount(config, key) !== undefined) return yield* differing(key, config, lists, tell)
  },
})

/** A finding unless one of the lists has the layers that config.json states. */
function* differing(
  key: string,
  config: PlainMap,
  lists: readonly BlockList[],
  tell: Tell<Layers, 'file' | 'key' | 'tensor'>,
): Generator<Finding> {
  const stated = configCount(config, key) ?? 0
  // Layers that predict further tokens come after the others (DeepSeek-V3).
  const more = configCount(config, 'num_nextn_predict_layers') ?? 0
  const isRight = ({ numbers }: BlockList): boolean =>
    (numbers.length === stated || numbers.length === stated + more) && numbers.at(-1) === numbers.length - 1
  const isBuilt = Array.isArray(config.get('architectures')) && !config.has('auto_map')
  const longest = [...lists].sort((a, b) => b.numbers.length - a.numbers.length)[0]
  if (longest === undefined || lists.some(isRight)) return
  const there = new Set(longest.numbers)
  const missing: string[] = []
  for (let number = 0; number < Math.min(stated, 10_000); number++)
    if (!there.has(number)) missing.push(String(number))
  yield tell(
    { said: stated, list: longest.path, there: longest.numbers.length, missing, isBuilt },
    { file: 'config.json', key, tensor: longest.path },
  )
}
