import type { PlainMap } from '../../../model/checkpoint.ts'
import { foldedList } from '../../../model/names/folded-names.ts'
import { rule } from '../../rule.ts'
import { lowRankPairs } from '../../structure/low-rank-pairs.ts'

export const contentsAdapterLeft = rule({
  id: 'contents/adapter-left',
  level: 'warning',
  claim: 'A whole model holds no adapter on top of its weights',
  why: 'Loaders of the model pass over the adapter: what it was trained to do is lost. With base_layer in their names, the weights themselves are passed over too, and the layers keep initial values.',
  case: 'state_dict() of a PEFT model saved as the model, without merge_and_unload() before.',
  fix: 'merge the adapter before saving: model = model.merge_and_unload(); or save the adapter alone with save_pretrained of the PEFT model',
  message: ({ modules, wrapped }: { modules: readonly string[]; wrapped: boolean }) =>
    wrapped
      ? `${modules.length} weights are under base_layer with an adapter beside them, where a plain model does not look: ${foldedList(modules)}`
      : `${modules.length} weights have the two halves of an adapter beside them: ${foldedList(modules)}`,
  levelOf: ({ wrapped }) => (wrapped ? 'error' : 'warning'),
  about: ['tensor'],

  *check({ checkpoint, stateDict }, tell) {
    // An adapter of an embedding has a copy of its base layer, which PEFT looks for.
    if (stateDict === null || stateDict.role !== 'model' || checkpoint.side.adapterConfig !== undefined)
      return
    const pairs = lowRankPairs(stateDict)
    if (pairs.length === 0) return
    const names = new Set(Array.from(stateDict.tensors, ({ name }) => name))
    const modules = [...new Set(pairs.map(({ module }) => module))]
    const under = modules.map((module) => `${module}.base_layer.weight`).filter((name) => names.has(name))
    const beside = modules.map((module) => `${module}.weight`).filter((name) => names.has(name))
    const { config } = checkpoint.side
    // Only of a model class without an adapter of its own is it certain that it looks for the plain names.
    const isWrapped = under.length > 0 && config?.has('architectures') === true && !hasAdapter(config)
    const found = under.length > 0 ? under : beside
    const [tensor] = found
    if (tensor !== undefined) yield tell({ modules: found, wrapped: isWrapped }, { tensor })
  },
})

/** Phi-4 multimodal has adapters as parts of the model, with their settings in its configuration. */
function hasAdapter(config: PlainMap): boolean {
  return [...config.keys()].some((key) => /lora|adapter/i.test(String(key)))
}
