import type { Command } from '../command.ts'

export const schema: Command = {
  name: 'schema',
  summary: 'the JSON Schema of what --json prints',
  operands: [{ name: '<name>', help: 'which schema', choices: ['report'] }],
  flags: ['output'],
  formats: [],
  examples: [['report > report.v1.json', 'every JSON answer of version 1']],
  async run({ output }) {
    const { default: report } = await import('../../../schema/report.v1.json', { with: { type: 'json' } })
    await output.write([`${JSON.stringify(report, null, 2)}\n`])
    return 0
  },
}
