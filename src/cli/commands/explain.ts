import { SdinspectError } from '../../errors.ts'
import { nearest } from '../../model/edit-distance.ts'
import type { Command } from '../command.ts'
import { withNewlines } from '../lines.ts'

export const explain: Command = {
  name: 'explain',
  summary: 'what a rule of check holds, why, a real case, the fix',
  operands: [
    { name: '[rule]', help: 'its id, as findings show it: shards/incomplete; all rules without one' },
  ],
  flags: ['format', 'json', 'output', 'color', 'noColor', 'ascii'],
  formats: ['text', 'json', 'md'],
  examples: [
    ['index/missing-shard', 'one rule'],
    ['', 'every rule, one a line'],
  ],
  async run({ operands, options, output }) {
    const [{ ruleById, rules }, { ruleList, ruleText }, { loadTheme }, { json }, { rulePage }] =
      await Promise.all([
        import('../../check/rules/index.ts'),
        import('../../render/terminal/rule-text.ts'),
        import('../../render/terminal/theme.ts'),
        import('../../render/json/json.ts'),
        import('../../render/markdown/rules-markdown.ts'),
      ])
    const [id] = operands
    const rule = id === undefined ? null : ruleById.get(id)
    if (rule === undefined) {
      const near = nearest(id ?? '', ruleById.keys())
      throw new SdinspectError('usage/arguments', `there is no rule ${JSON.stringify(id)}`, {
        hint: near === undefined ? 'sdinspect explain lists the rules' : `did you mean ${near}?`,
      })
    }
    const asked = rule === null ? rules : [rule]
    if (options.format === 'json') await output.write(json(rule === null ? { rules } : rule))
    else if (options.format === 'md') await output.write(asked.flatMap((one) => [...rulePage(one)]))
    else {
      const theme = await loadTheme(output.look)
      await output.write(withNewlines(rule === null ? ruleList(rules, theme) : ruleText(rule, theme)))
    }
    return 0
  },
}
