import { command } from '../command.ts'

const schemas: Readonly<Record<string, () => Promise<{ readonly default: object }>>> = {
  report: () => import('../../../schema/report.v1.json', { with: { type: 'json' } }),
  check: () => import('../../../schema/check.v1.json', { with: { type: 'json' } }),
  diff: () => import('../../../schema/diff.v1.json', { with: { type: 'json' } }),
  stats: () => import('../../../schema/stats.v1.json', { with: { type: 'json' } }),
  lock: () => import('../../../schema/lock.v1.json', { with: { type: 'json' } }),
  policy: () => import('../../../schema/policy.v1.json', { with: { type: 'json' } }),
}

export const schema = command({
  name: 'schema',
  summary: 'the JSON Schema of what --json prints, and of a policy',
  operands: [{ name: '<name>', help: 'which schema', choices: Object.keys(schemas) }],
  flags: ['output'],
  views: {},
  examples: [
    ['report > report.v1.json', 'every JSON document of version 1'],
    ['policy > policy.v1.json', 'what an editor needs to complete sdinspect.yaml'],
    ['check -o check.v1.json', 'the report of check, written to a file'],
  ],
  async run({ operands, output }) {
    const loaded = await schemas[operands[0] ?? '']?.()
    await output.write([`${JSON.stringify(loaded?.default, null, 2)}\n`])
    return 0
  },
})
