import type { Rule } from '../rule.ts'

export const securityNoPickle: Rule = {
  id: 'security/no-pickle',
  level: 'off',
  claim: 'The checkpoint holds no pickle',
  why: 'A pickle is a program, and what it runs depends on the loader. Formats of plain data cannot run anything.',
  case: 'Teams that allow safetensors only block every .pt before deploy (PaloAlto prisma-airs PR #24).',
  fix: 'convert the weights to safetensors',

  *check({ report }) {
    if (report.pickle === undefined) return
    const { imports } = report.pickle
    yield { message: `the checkpoint (${report.format}) is a pickle that imports ${imports.length} names` }
  },
}
