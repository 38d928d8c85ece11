import { quoted } from '../../../errors.ts'
import type { Plain, PlainMap } from '../../../model/checkpoint.ts'
import { foldedList } from '../../../model/names/folded-names.ts'
import type { TensorReport } from '../../../model/report.ts'
import { rule } from '../../rule.ts'
import { isBesideAdapter } from '../../structure/beside-adapter.ts'
import { type LowRankPair, lowRankPairs } from '../../structure/low-rank-pairs.ts'

type Problem =
  | { what: 'rank'; said: string }
  | { what: 'no-targets' }
  | { what: 'no-config'; tensors: number }
  | { what: 'default-rank'; rank: number; names: readonly string[] }
  | { what: 'prefix' | 'ending' | 'left-out' | 'magnitude' | 'saved'; names: readonly string[] }
  | { what: 'adapter-name'; names: readonly string[]; adapter: string }
  | { what: 'other-rank'; names: readonly string[]; said: number; rank: number }

/** Adapters that are vectors before the text, and are saved under names of their own. */
const ofPrompts = /PROMPT|PREFIX|P_TUNING|CPT/

/** Words that the other kinds have in their names: peft/tuners, `adapter_layer_names`. */
const ofAdapters =
  /\.(?:lora|hada|lokr|ia3|oft|boft|vera|hra|vblora|fourierft|bone|shira|miss|road|c3a|randlora)_/

// All as seen with PEFT 0.19 to 0.21: PeftModel.from_pretrained of an adapter that was changed in this one way.
export const loraLoadable = rule({
  id: 'lora/loadable',
  level: 'error',
  claim: 'PEFT loads all of an adapter',
  why: 'PEFT passes over tensors of names that it does not expect, with a warning that few see, and the model answers as its base does; of settings that make no sense it ends with an error.',
  case: 'Adapters saved with torch.save(model.state_dict()) keep the name of the adapter in every name, and load as nothing (huggingface/peft #1579 and others like it).',
  fix: 'save the adapter with save_pretrained of the PEFT model',
  message(problem: Problem) {
    switch (problem.what) {
      case 'rank':
        return `adapter_config.json says r=${problem.said}, and PEFT refuses all but positive integers`
      case 'no-config':
        return `there is no adapter_config.json beside ${problem.tensors} tensors of an adapter, and PEFT ends with an error`
      case 'default-rank':
        return `adapter_config.json says no r, which PEFT takes for ${defaultRank}, and ${foldedList(problem.names)} ${problem.names.length === 1 ? 'has' : 'have'} rank ${problem.rank}`
      case 'no-targets':
        return 'adapter_config.json names no target_modules and no target_parameters, and PEFT refuses that'
      case 'prefix':
        return `PEFT looks for names that begin with "base_model.model.", and finds nothing of ${foldedList(problem.names)}`
      case 'ending':
        return `PEFT looks for names that end in ".weight", and finds nothing of ${foldedList(problem.names)}`
      case 'adapter-name':
        return `the name of an adapter, ${quoted(problem.adapter)}, is in ${foldedList(problem.names)}: ${
          problem.adapter === 'default'
            ? 'PEFT before 0.21 finds nothing of it, and later ones only where the adapter is called so again'
            : 'PEFT finds nothing of it'
        }`
      case 'left-out':
        return `adapter_config.json does not name ${foldedList(problem.names)} among its targets, and PEFT leaves out what is there of ${problem.names.length === 1 ? 'it' : 'them'}`
      case 'magnitude':
        return `adapter_config.json says use_dora, and there is no lora_magnitude_vector of ${foldedList(problem.names)}`
      case 'saved':
        return `adapter_config.json names ${problem.names.map((name) => quoted(name)).join(', ')} among modules_to_save, and no tensor is there: PEFT ends with an error`
      case 'other-rank':
        return `rank_pattern of adapter_config.json says ${problem.said}, and ${foldedList(problem.names)} ${problem.names.length === 1 ? 'has' : 'have'} rank ${problem.rank}`
    }
  },
  about: ['file', 'key'],

  *check({ checkpoint, stateDict, isWhole }, tell) {
    const config = checkpoint.side.adapterConfig
    const type = config?.get('peft_type')
    const isUnread = checkpoint.findings.some(({ rule }) => rule === 'config/unreadable')
    if (config === undefined && !isUnread && stateDict !== null && isWhole && isOfPeft(checkpoint)) {
      const { length } = lowRankPairs(stateDict)
      const all = stateDict.tensors
      if (length > 0 && all.every(({ name }) => name.startsWith('base_model.model.')))
        yield tell(
          { what: 'no-config', tensors: all.length },
          { file: 'adapter_config.json', key: 'peft_type' },
        )
    }
    if (config === undefined || stateDict === null || !isWhole || isBesideAdapter(checkpoint)) return
    if (typeof type !== 'string' || ofPrompts.test(type) || stateDict.tensors.length === 0) return
    const told = (problem: Problem, key: string) => tell(problem, { file: 'adapter_config.json', key })
    const { tensors } = stateDict
    const pairs = lowRankPairs(stateDict)
    // Where nothing is of an adapter, that is what is wrong: lora/empty.
    const isAdapter = type === 'LORA' ? pairs.length > 0 : tensors.some(({ name }) => ofAdapters.test(name))
    const plain = tensors.map(({ name }) => name).filter((name) => !name.startsWith('base_model.'))
    if (isAdapter && plain.length > 0 && !isWrapped(tensors))
      yield told({ what: 'prefix', names: plain }, 'peft_type')
    const named = adapterNames(tensors)
    for (const [adapter, names] of named) yield told({ what: 'adapter-name', adapter, names }, 'peft_type')
    if (type !== 'LORA') return
    yield* ofSettings(config, pairs, tensors, told)
    const ending = tensors.map(({ name }) => name).filter((name) => /\.lora_[AB]$/.test(name))
    if (ending.length > 0) yield told({ what: 'ending', names: ending }, 'peft_type')
  },
})

function* ofSettings<T>(
  config: PlainMap,
  pairs: readonly LowRankPair[],
  tensors: readonly TensorReport[],
  told: (problem: Problem, key: string) => T,
): Iterable<T> {
  const patterns = config.get('rank_pattern')
  const hasPatterns = patterns instanceof Map && patterns.size > 0
  const r = config.get('r')
  const isRank = typeof r === 'number' && Number.isInteger(r) && r > 0
  if (config.has('r') && !isRank && !hasPatterns) yield told({ what: 'rank', said: shown(r) }, 'r')
  const odd = config.has('r') || hasPatterns ? [] : pairs.filter(({ down }) => isOtherRank(down))
  const [firstOdd] = odd
  if (firstOdd !== undefined)
    yield told(
      {
        what: 'default-rank',
        rank: firstOdd.down?.shape[0] as number,
        names: [...new Set(odd.map(({ module }) => module))],
      },
      'r',
    )
  const targets = config.get('target_modules')
  const parameters = config.get('target_parameters')
  const hasParameters = Array.isArray(parameters) && parameters.length > 0
  if (Array.isArray(targets) && targets.length === 0 && !hasParameters)
    yield told({ what: 'no-targets' }, 'target_modules')
  const isLeftOut = leavesOut(config)
  const modules = [...new Set(pairs.map(({ module }) => module))]
  const leftOut = hasParameters ? [] : modules.filter((module) => isLeftOut(module))
  // Where no target fits, they are of another model: lora/targets says so.
  const isOfTargets = isTargeted(config)
  if (leftOut.length > 0 && modules.some((module) => isOfTargets(module)))
    yield told({ what: 'left-out', names: leftOut }, 'target_modules')
  if (config.get('use_dora') === true) {
    const magnitudes = new Set(
      tensors.flatMap(({ name }) => /^(.+)\.lora_magnitude_vector(?:\.|$)/.exec(name)?.[1] ?? []),
    )
    const without = modules.filter((module) => !magnitudes.has(module))
    if (without.length > 0) yield told({ what: 'magnitude', names: without }, 'use_dora')
  }
  const saved = config.get('modules_to_save')
  if (Array.isArray(saved)) {
    let lost = saved.filter(
      (module): module is string =>
        typeof module === 'string' && !tensors.some(({ name }) => `.${name}.`.includes(`.${module}.`)),
    )
    // PEFT names both for classifiers, of which a model has one.
    const isClassifier = (name: unknown): boolean => name === 'classifier' || name === 'score'
    const hasOther = saved.some((module) => isClassifier(module) && !lost.includes(module as string))
    if (hasOther) lost = lost.filter((module) => !isClassifier(module))
    if (lost.length > 0) yield told({ what: 'saved', names: lost }, 'modules_to_save')
  }
  if (hasPatterns)
    for (const [pattern, said] of patterns as PlainMap) {
      // A key is a pattern of Python's; one that is a plain name is read as what it is.
      if (typeof said !== 'number' || !/^[\w.]+$/.test(pattern)) continue
      const of = pairs.filter(
        ({ module, down }) =>
          isUnder(module, pattern) && down !== null && down.shape.length > 1 && down.shape[0] !== said,
      )
      const rank = of[0]?.down?.shape[0]
      if (rank !== undefined)
        yield told(
          { what: 'other-rank', said, rank, names: [...new Set(of.map(({ module }) => module))] },
          'rank_pattern',
        )
    }
}

/** peft/tuners/lora/config.py */
const defaultRank = 8

/** Of a layer with two dimensions; rows of experts are ranks of several. */
function isOtherRank(down: LowRankPair['down']): boolean {
  return (
    down !== null && down.shape.length === 2 && /\.lora_A\./.test(down.name) && down.shape[0] !== defaultRank
  )
}

/** The names that PEFT saves and looks for. */
function isOfPeft({
  files,
}: {
  readonly files: readonly { readonly name: string; readonly role: string }[]
}): boolean {
  return files.some(
    ({ name, role }) => role === 'weights' && /^adapter_model\.(?:safetensors|bin)$/.test(name),
  )
}

/** Whether PEFT makes no adapter for a module: none of a list of targets fits, or its layer is not one of those named. */
function leavesOut(config: PlainMap): (module: string) => boolean {
  const isOfTargets = isTargeted(config)
  const layers = config.get('layers_to_transform')
  const numbers = new Set(
    (Array.isArray(layers) ? layers : [layers]).filter((one) => typeof one === 'number'),
  )
  return (module) => {
    if (!isOfTargets(module)) return true
    if (numbers.size === 0 || config.get('layers_pattern') != null) return false
    const layer = /\.(?:layers|h|blocks?|layer)\.(\d{1,6})\./.exec(module)?.[1]
    return layer !== undefined && !numbers.has(Number(layer))
  }
}

/** Whether a module is among the targets; of a pattern of Python's nobody knows here. */
function isTargeted(config: PlainMap): (module: string) => boolean {
  const targets = config.get('target_modules')
  const names = Array.isArray(targets) ? targets.filter((one) => typeof one === 'string') : []
  return (module) => names.length === 0 || names.some((name) => isUnder(module, name))
}

function isUnder(module: string, name: string): boolean {
  return module === name || module.endsWith(`.${name}`)
}

/** Names with that of an adapter in them, by it: `lora_A.default.weight`. */
function adapterNames(tensors: readonly TensorReport[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const { name } of tensors) {
    const adapter =
      /\.(?:lora_[AB]|lora_magnitude_vector|lora_embedding_[AB]|hada_w[12]_[ab]|lokr_w[12](?:_[ab])?|ia3_l|oft_[RrS]|boft_[RsS]|vera_lambda_[bd]|hra_u)\.(?!weight$|bias$)([^.]+)(?:\.weight|\.bias)?$/.exec(
        name,
      )?.[1]
    if (adapter === undefined) continue
    const names = found.get(adapter)
    if (names === undefined) found.set(adapter, [name])
    else names.push(name)
  }
  return found
}

/** A prefix on every name has a rule of its own. */
function isWrapped(tensors: readonly TensorReport[]): boolean {
  return tensors.every(({ name }) => name.includes('.base_model.model.'))
}

function shown(value: Plain | undefined): string {
  return typeof value === 'string' ? quoted(value) : String(value).slice(0, 40)
}
