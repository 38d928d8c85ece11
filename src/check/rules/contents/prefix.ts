import { quoted } from '../../../errors.ts'
import { inspectionOf } from '../../../model/inspection.ts'
import { foldedList } from '../../../model/names/folded-names.ts'
import { wrapperPrefixes } from '../../../model/names/prefixes.ts'
import { rule } from '../../rule.ts'
import { lowRankPairs } from '../../structure/low-rank-pairs.ts'

type Prefix =
  | { what: 'all'; prefix: string; wrappers: readonly string[]; isAdapter: boolean }
  | { what: 'twice'; prefix: string }
  | { what: 'inside'; names: readonly string[]; of: number }

/** Wrapper modules whose name means nothing else, wherever it stands. */
const unmistakable = [...wrapperPrefixes.keys()].filter((prefix) => prefix.startsWith('_'))

/** What PEFT puts before the names of the model; before its own names again where it wrapped what was wrapped already. */
const ofPeft = 'base_model.model.'

/** How the module is reached from the one that was saved. */
const inside = (prefix: string): string => `model.${prefix.slice(0, -1)}`

export const contentsPrefix = rule({
  id: 'contents/prefix',
  level: 'warning',
  claim: 'No name has the prefix of a wrapper',
  why: 'torch.compile, DataParallel and FSDP put a module around the model, and its name before or into every name. load_state_dict then finds no key, and strict=False loads nothing without a word.',
  case: '_orig_mod. has been a standing question since torch 2.0 (pytorch/pytorch #101107, karpathy/nanoGPT #325, mlfoundations/open_clip #639).',
  fix: 'save the module inside the wrapper (model.module of DataParallel, model._orig_mod of torch.compile), or take its name out of the keys',
  message: (args: Prefix) =>
    args.what === 'all'
      ? `every name begins with ${quoted(args.prefix)}, which is from ${args.wrappers.join(' and ')}`
      : args.what === 'twice'
        ? `every name begins with ${quoted(args.prefix)} twice`
        : `${args.names.length} of ${args.of} names have a wrapper's module in them: ${foldedList(args.names)}`,
  fixOf: (args) =>
    args.what === 'all'
      ? `save the module inside: ${inside(args.prefix)}.state_dict(); or strip it: {k.removeprefix('${args.prefix}'): v for k, v in state.items()}`
      : args.what === 'twice'
        ? `strip one of them: {k.removeprefix('${args.prefix}'): v for k, v in state.items()}`
        : null,
  // An adapter under such names is loaded by PEFT without an error, and without any of its weights.
  levelOf: (args) => (args.what === 'twice' || (args.what === 'all' && args.isAdapter) ? 'error' : 'warning'),
  about: ['tensor'],

  *check({ stateDict }, tell) {
    if (stateDict === null || stateDict.role === 'ema') return
    const inspection = inspectionOf(stateDict)
    const shared = stateDict.prefixes.join('')
    if (shared !== '') {
      const wrappers = stateDict.prefixes.map((prefix) => wrapperPrefixes.get(prefix) ?? 'a wrapper')
      const isAdapter = lowRankPairs(stateDict).length > 0
      yield tell({ what: 'all', prefix: shared, wrappers, isAdapter }, { tensor: inspection.table.name(0) })
    }
    const isTwice = (name: string): boolean => name.startsWith(ofPeft + ofPeft)
    if (inspection.length > 0 && isTwice(inspection.table.name(0))) {
      const names = Array.from({ length: inspection.length }, (_, index) => inspection.table.name(index))
      if (names.every(isTwice)) yield tell({ what: 'twice', prefix: ofPeft }, { tensor: names[0] as string })
    }
    if (!inspection.hasSegment((segment) => unmistakable.includes(`${segment}.`))) return
    const names = Array.from({ length: inspection.length }, (_, index) => inspection.table.name(index))
    const inside = names.filter((name) => {
      const rest = name.startsWith(shared) ? name.slice(shared.length) : name
      return unmistakable.some((prefix) => rest.startsWith(prefix) || rest.includes(`.${prefix}`))
    })
    if (inside.length > 0)
      yield tell({ what: 'inside', names: inside, of: names.length }, { tensor: inside[0] as string })
  },
})
