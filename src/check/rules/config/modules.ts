import { quoted } from '../../../errors.ts'
import type { Checkpoint, PlainMap } from '../../../model/checkpoint.ts'
import { type Inspection, inspectionOf } from '../../../model/inspection.ts'
import { blockLists } from '../../../model/modules/block-lists.ts'
import { foldedList } from '../../../model/names/folded-names.ts'
import { rule } from '../../rule.ts'
import { heldAt, heldToType, isElsewhere } from '../../structure/held-to-type.ts'
import { lowRankPairs } from '../../structure/low-rank-pairs.ts'
import { headOf, modelTypeOf } from '../../structure/model-types.ts'
import { isOfAuthor } from '../../structure/second-saves.ts'

/** What turns tokens into vectors, which may be stored as the output layer. */
const embedding = /(?:^|\.)(?:embed_tokens|embed_in|wte|word_embeddings|token_embedding|shared|embedding|w)$/

type Missing =
  | {
      readonly modules: readonly string[]
      readonly type: string
      /** Absent for transformers. */
      readonly library?: 'timm'
    }
  /** The name of the first tensor, where nothing is where the class looks for it. */
  | { readonly type: string; readonly class: string; readonly first: string }

/** Vision transformers of timm whose names say all: vision_transformer.py, without the heads and variants of others. */
const ofTimm = /^(?:vit|deit)_(?:tiny|small|base|large|huge|giant|gigantic)_patch\d+_\d+$/
const partsOfTimm = ['cls_token', 'pos_embed', 'patch_embed.proj.weight', 'patch_embed.proj.bias']

export const configModules = rule({
  id: 'config/modules',
  level: 'error',
  claim: 'What a model of a known type has is there',
  why: 'transformers initialises at random what a file does not have, and warns. Without its embedding, its last norm or a projection of its attention a model loads, and answers noise.',
  case: 'A shard with the embedding of the model was not in the index, and training began from random values (unslothai/unsloth PR #7375).',
  fix: 'save or convert the checkpoint again, and look at what was lost on the way',
  message: (args: Missing) => {
    const { type } = args
    if ('class' in args)
      return `no block of a model of type ${JSON.stringify(type)} is where ${args.class} looks for it, beginning with ${quoted(args.first)}: loading it initialises all of them at random`
    const { modules, library } = args
    return `a model of type ${JSON.stringify(type)} has ${foldedList(modules)}, and no tensor is there: ${library === 'timm' ? 'timm ends with an error' : `loading it initialises ${modules.length === 1 ? 'it' : 'them'} at random`}`
  },
  fixOf: (args) =>
    'class' in args
      ? 'rename the tensors to those of the class, or convert the checkpoint to transformers'
      : null,
  about: ['file', 'key', 'tensor'],

  *check({ checkpoint, stateDict, isWhole }, tell) {
    const { config } = checkpoint.side
    if (stateDict === null || config === undefined || !isWhole || stateDict.role !== 'model') return
    if (config.has('auto_map') || isOfAuthor(checkpoint)) return
    const stranger = elsewhere(checkpoint, config, inspectionOf(stateDict))
    if (stranger !== null)
      yield tell(stranger.args, { file: 'config.json', key: 'model_type', tensor: stranger.args.first })
    if (stranger !== null || lowRankPairs(stateDict).length > 0) return
    // A class for features alone has its own norms, and less behind them.
    if (isBackbone(config.get('architectures'))) return
    const inspection = inspectionOf(stateDict)
    const names = stateDict.tensors.map(({ name }) => name)
    const architecture = config.get('architecture')
    if (
      typeof architecture === 'string' &&
      ofTimm.test(architecture) &&
      inspection.tree.at('blocks') !== undefined
    ) {
      const own = new Set(names)
      const modules = partsOfTimm.filter((name) => !own.has(name))
      const [first] = modules
      if (first !== undefined)
        yield tell(
          { modules, type: architecture, library: 'timm' },
          { file: 'config.json', key: 'architecture', tensor: first },
        )
    }
    const hasHead = names.some((name) => /(?:^|\.)(?:lm_head|embed_out|proj_out)\./.test(name))
    const mayBeHead = config.get('tie_word_embeddings') !== false && hasHead
    for (const type of typesOf(config)) {
      const known = modelTypeOf(type)
      const held = known === undefined ? null : heldToType(inspection, known)
      // A third of them missing is another kind of model, or a part of one.
      if (known === undefined || held === null || 2 * held.absent > held.present) continue
      // Blocks and nothing around them are a part of a model, and not one that lost something.
      const lists = blockLists(inspectionOf(stateDict).tree)
      const isPart = !hasHead && names.every((name) => lists.some(({ path }) => name.startsWith(`${path}.`)))
      // A model of several parts may keep what is around the blocks one level higher.
      const left = new Set(
        isPart ? held.missingOutside : held.missingOutside.filter((path) => isAbove(path, held.base)),
      )
      const missing = held.missing.filter((path) => !left.has(path) && !(mayBeHead && embedding.test(path)))
      const outer = outerPath(held.base, known.prefix)
      if (type === config.get('model_type') && outer !== null && !isPart)
        missing.push(...missingHead(config, outer, known.prefix))
      const [first] = missing
      if (first !== undefined)
        yield tell({ modules: missing, type }, { file: 'config.json', key: 'model_type', tensor: first })
    }

    /** Whether the parent of the base model has a module of the name that the base model lacks. */
    function isAbove(path: string, at: string): boolean {
      const parent = inspection.tree.at(at.includes('.') ? at.slice(0, at.lastIndexOf('.')) : '')
      const name = at === '' ? path : path.slice(at.length + 1)
      return at !== '' && parent !== undefined && inspection.tree.childNamed(parent.index, name) >= 0
    }

    /** Modules that the class which config.json names has beside its base model. */
    function missingHead(of: PlainMap, outer: string, prefix: string): readonly string[] {
      const architectures = of.get('architectures')
      const labels = of.get('id2label')
      // A classifier of no classes is none.
      if (!Array.isArray(architectures) || (labels instanceof Map && labels.size === 0)) return []
      const at = inspection.tree.at(outer)
      return at === undefined ? [] : heldAt(inspection, at.index, headOf(architectures[0]), prefix).missing
    }
  },
})

/** What transformers loads whatever else is in the folder. */
const loadedFirst = /^model(?:-\d+-of-\d+)?\.safetensors$/

/**
 * Weights that transformers loads by default, of a class of its own, none of which is where that class looks: under a prefix that
 * nobody strips, with the names of another library, an adapter in place of the model.
 */
function elsewhere(
  { files }: Checkpoint,
  config: PlainMap,
  inspection: Inspection,
): { readonly args: Missing & { readonly first: string } } | null {
  const type = config.get('model_type')
  const known = modelTypeOf(type)
  const architectures = config.get('architectures')
  const name = Array.isArray(architectures) ? architectures[0] : undefined
  if (known === undefined || typeof type !== 'string' || typeof name !== 'string' || inspection.length === 0)
    return null
  if (!isClassOf(name, type) || config.has('quantization_config')) return null
  const weights = files.filter(({ role }) => role === 'weights')
  if (weights.length === 0 || !weights.every((file) => loadedFirst.test(file.name))) return null
  // Decoders that answer questions are classes of their own.
  const names = [known.prefix, ...(name.endsWith('ForQuestionAnswering') ? ['transformer'] : [])]
  if (
    !isElsewhere(
      inspection,
      known,
      names.filter((one) => one !== ''),
    )
  )
    return null
  return { args: { type, class: name, first: inspection.table.name(0) } }
}

/** Whether a class is called as transformers calls those of a type: `XLMRobertaForMaskedLM` of `xlm-roberta`. */
function isClassOf(name: string, type: string): boolean {
  const plain = type.replaceAll(/[-_]/g, '')
  return (
    name.toLowerCase().startsWith(plain.toLowerCase()) &&
    /^(?:Model|LMHeadModel|For[A-Z][A-Za-z]+)$/.test(name.slice(plain.length))
  )
}

function isBackbone(architectures: unknown): boolean {
  return Array.isArray(architectures) && architectures.some((name) => /Backbone$/.test(String(name)))
}

/** Where the head of a model stands: above its base model, under whatever the base model is; null where it is saved alone. */
function outerPath(base: string, prefix: string): string | null {
  if (prefix !== '' && (base === prefix || base.endsWith(`.${prefix}`)))
    return base.slice(0, Math.max(0, base.length - prefix.length - 1))
  return null
}

/** The type of the model, and of its part for text. */
function typesOf(config: PlainMap): readonly string[] {
  const text = config.get('text_config')
  const types = [config.get('model_type'), text instanceof Map ? text.get('model_type') : undefined]
  return types.filter((type) => typeof type === 'string')
}
