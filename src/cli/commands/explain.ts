import { SdinspectError } from '../../errors.ts'
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
      help: 'its id, as findings show it: shards/incomplete; all rules without one',
    },
  ],
  flags: ['format', 'json', 'output', ...looking],
  views: viewsOf('explain'),
  examples: [
    ['index/missing-shard', 'one rule'],
    ['', 'every rule, one a line'],
    ['values/finite --json', 'one rule, for a program'],
  ],
  async run({ operands, output, view }) {
    const { ruleById, rules } = await import('../../check/all-rules.ts')
    const [id] = operands
    const rule = id === undefined ? null : ruleById.get(id)
    if (rule === undefined) {
      const near = nearest(id ?? '', ruleById.keys())
      throw new SdinspectError('usage/arguments', `there is no rule ${JSON.stringify(id)}`, {
        hint: near === undefined ? 'sdinspect explain lists the rules' : `did you mean ${near}?`,
      })
    }
    await showOne(output, await view(), rule === null ? { rules } : { rule })
    return 0
  },
})
