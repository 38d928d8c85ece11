import { rule } from '../rule.ts'

export const securityNoPickle = rule({
  id: 'security/no-pickle',
  level: 'off',
  claim: 'The checkpoint holds no pickle',
  why: 'A pickle is a program, and what it runs depends on the loader. Formats of plain data cannot run anything.',
  case: 'Teams that allow safetensors only block every .pt before deploy (PaloAlto prisma-airs PR #24).',
  fix: 'convert the weights to safetensors',
  message: ({ format, imports }: { format: string; imports: readonly string[] }) =>
    `the checkpoint (${format}) is a pickle that imports ${imports.length} names`,

  *check({ report }, tell) {
    if (report.pickle === undefined) return
    const imports = report.pickle.imports.map(({ name }) => name)
    yield tell({ format: report.format, imports })
  },
})
