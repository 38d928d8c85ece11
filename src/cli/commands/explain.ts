import { SdinspectError } from '../../errors.ts'
import type { Rule } from '../../findings/rules.ts'
import { nearest } from '../../model/names/edit-distance.ts'
import { viewsOf } from '../../render/renderers.ts'
import { looking } from '../arguments/flags.ts'
import { command } from '../command.ts'
import { showOne } from '../output/show.ts'

export const explain = command({
  name: 'explain',
  summary: 'what a rule of check holds, why, a real case, the fix',
  operands: [
    {
      name: '[rule]',
      completes: 'rules',
      help: 'its id, as findings show it: shards/incomplete; or a part of it, or a word; all rules without one',
    },
  ],
  flags: ['format', 'json', 'output', ...looking],
  views: viewsOf('explain'),
  examples: [
    ['index/missing-shard', 'one rule'],
    ['nan', 'the rules that speak of NaN'],
    ['', 'every rule, one a line'],
    ['values/finite --json', 'one rule, for a program'],
  ],
  async run({ operands, output, view }) {
    const { rules } = await import('../../check/all-rules.ts')
    const [asked] = operands
    const found = asked === undefined ? rules : rulesFor(asked, rules)
    if (found.length === 0) {
      const near = meantBy(asked ?? '', rules)
      throw new SdinspectError('usage/arguments', `there is no rule ${JSON.stringify(asked)}`, {
        hint: near === '' ? 'sdinspect explain lists the rules' : `did you mean ${near}?`,
      })
    }
    const [rule] = found
    const isOne = asked !== undefined && rule !== undefined && found.length === 1
    await showOne(output, await view(), isOne ? { rule } : { rules: found })
    return 0
  },
})

/** The rule of an id; of a word the rules whose id has it in it, else those that speak of it. */
function rulesFor(asked: string, rules: readonly Rule[]): readonly Rule[] {
  const word = asked.toLowerCase()
  const is = rules.filter(({ id }) => id === word)
  if (is.length > 0 || word === '' || /\/./.test(word)) return is
  const named = rules.filter(({ id }) => id.includes(word))
  if (named.length > 0 || word.length < leastWord) return named
  return rules.filter(({ claim, why }) => `${claim} ${why}`.toLowerCase().includes(word))
}

/** Shorter words are in every sentence. */
const leastWord = 3
const mostMeant = 3

/** Ids that begin so, else the nearest; empty where none is near. */
function meantBy(asked: string, rules: readonly Rule[]): string {
  const ids = rules.map(({ id }) => id)
  const begun = ids.filter((id) => id.startsWith(asked.toLowerCase()))
  if (begun.length > 0) return begun.slice(0, mostMeant).join(', ')
  return nearest(asked, ids) ?? ''
}
