import { foldedList } from '../../model/folded-names.ts'
import { wrapperPrefixes } from '../../model/prefixes.ts'
import type { Rule } from '../rule.ts'

/** Wrapper modules whose name means nothing else, wherever it stands. */
const unmistakable = [...wrapperPrefixes.keys()].filter((prefix) => prefix.startsWith('_'))

export const contentsPrefix: Rule = {
  id: 'contents/prefix',
  level: 'warning',
  claim: 'No name has the prefix of a wrapper',
  why: 'torch.compile, DataParallel and FSDP put a module around the model, and its name before or into every name. load_state_dict then finds no key, and strict=False loads nothing without a word.',
  case: '_orig_mod. has been a standing question since torch 2.0 (pytorch/pytorch #101107, karpathy/nanoGPT #325, mlfoundations/open_clip #639).',
  fix: "save the module inside: model.module.state_dict(), model._orig_mod.state_dict(); or strip it: {k.removeprefix('module.'): v for k, v in state.items()}",

  *check({ stateDict }) {
    if (stateDict === null || stateDict.role === 'ema') return
    const names = stateDict.tensors.map(({ name }) => name)
    const shared = stateDict.prefixes.join('')
    if (shared !== '') {
      const wrappers = stateDict.prefixes.map((prefix) => wrapperPrefixes.get(prefix) ?? 'a wrapper')
      yield {
        message: `every name begins with ${JSON.stringify(shared)}, which is from ${wrappers.join(' and ')}`,
        tensor: names[0] as string,
      }
    }
    const inside = names.filter((name) => {
      const rest = name.startsWith(shared) ? name.slice(shared.length) : name
      return unmistakable.some((prefix) => rest.startsWith(prefix) || rest.includes(`.${prefix}`))
    })
    if (inside.length > 0)
      yield {
        message: `${inside.length} of ${names.length} names have a wrapper's module in them: ${foldedList(inside)}`,
        tensor: inside[0] as string,
      }
  },
}
