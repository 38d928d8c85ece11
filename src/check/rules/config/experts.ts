import { quoted } from '../../../errors.ts'
import { configCount } from '../../../model/config-value.ts'
import { rule } from '../../rule.ts'

/** What configurations call the number of experts of a layer that a router chooses among. */
const keys = ['num_local_experts', 'n_routed_experts', 'num_experts', 'moe_num_experts', 'num_routed_experts']

export const configExperts = rule({
  id: 'config/experts',
  level: 'error',
  claim: 'Each layer with experts has as many as config.json says',
  why: 'An expert that is not in the file is initialised at random, and answers for the tokens that the router gives it.',
  case: 'A conversion of a mixture of experts that loops over too few of them loses the rest of each layer alike, so that no layer looks odd.',
  fix: 'save or convert the checkpoint again; or use the config.json that was saved with these weights',
  message: (
    { said, there, list, lists }: { said: number; there: number; list: string; lists: number },
    { key },
  ) =>
    `${key} is ${said}, and ${quoted(list)} has ${there} experts${lists > 1 ? `, as ${lists - 1} other${lists > 2 ? 's' : ''}` : ''}`,
  about: ['file', 'key', 'tensor'],

  *check({ checkpoint, stateDict, isWhole }, tell) {
    const { config } = checkpoint.side
    if (stateDict === null || config === undefined || !isWhole || stateDict.role !== 'model') return
    const key = keys.find((one) => configCount(config, one) !== undefined)
    if (key === undefined) return
    const said = configCount(config, key) as number
    const experts = new Map<string, Set<string>>()
    for (const { name } of stateDict.tensors) {
      const found = /^(.{1,1000}?\.experts)\.(\d{1,6})\./.exec(name)
      if (found === null) continue
      const [, list = '', number = ''] = found
      const own = experts.get(list)
      if (own === undefined) experts.set(list, new Set([number]))
      else own.add(number)
    }
    // Layers that have more than it says are of a configuration that counts otherwise.
    if ([...experts.values()].some(({ size }) => size > said)) return
    const short = [...experts].filter(([, { size }]) => size < said)
    const [first] = short
    if (first === undefined) return
    const [list, numbers] = first
    yield tell(
      { said, there: numbers.size, list, lists: short.length },
      { file: 'config.json', key, tensor: list },
    )
  },
})
