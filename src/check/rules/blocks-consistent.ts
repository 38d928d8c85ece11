import { quoted } from '../../errors.ts'
import { nameList } from '../../findings/name-list.ts'
import { inspectionOf } from '../../model/inspection.ts'
import { rule } from '../rule.ts'
import { type Oddity, oddBlocks } from '../structure/odd-blocks.ts'

type Odd = {
  /** Of the list of blocks. */
  list: string
  number: number
  of: number
  difference: Oddity['kind']
  /** Below the block: what is missing, or what is otherwise. */
  names: readonly string[]
  is: string | null
  others: string | null
}

export const blocksConsistent = rule({
  id: 'blocks/consistent',
  level: 'error',
  claim: 'No block differs from all the others of its list',
  why: 'Blocks that one class made have the same tensors. The one that lacks some of them keeps initial values there, and one of another shape or type fails to load or computes otherwise.',
  case: 'A folder whose index left out one of its shards loaded with the tensors of a layer at random values (unslothai/unsloth PR #7375).',
  fix: 'save or convert the checkpoint again, and look at what was lost on the way',
  message: ({ list, number, of, difference, names, is, others }: Odd) => {
    const block = quoted(list === '' ? String(number) : `${list}.${number}`)
    const rest = `the other ${of - 1} blocks`
    if (difference === 'gap') return `${block} is missing: ${rest} are numbered around it`
    if (difference === 'missing') return `${block} has no ${nameList(names)}, as ${rest} have`
    return `${nameList(names)} of ${block} ${names.length === 1 ? 'is' : 'are'} ${is}, and ${others} in ${rest}`
  },
  levelOf: ({ difference }) => (difference === 'type' ? 'warning' : 'error'),
  about: ['tensor'],

  *check({ stateDict, isWhole }, tell) {
    if (stateDict === null || !isWhole || stateDict.role !== 'model') return
    for (const { path, number, of, oddity } of oddBlocks(inspectionOf(stateDict))) {
      const block = path === '' ? String(number) : `${path}.${number}`
      const names = oddity.kind === 'gap' ? [] : oddity.names
      const [is, others] = 'is' in oddity ? [oddity.is, oddity.others] : [null, null]
      const [name] = names
      yield tell(
        { list: path, number, of, difference: oddity.kind, names, is, others },
        { tensor: name === undefined ? block : `${block}.${name}` },
      )
    }
  },
})
