import type { LeftOut } from './left-out.ts'

interface Made {
  readonly bytes: number
  readonly features: number
  readonly live: number
  readonly defined: number
  readonly sources: readonly string[]
}

/** Libraries whose layouts the rules know: a name that nothing else speaks of is rare in them. */
const known = new Set(['timm', 'torchvision', 'transformers'])

/** How good an assumed answer is, on libraries that the table has not seen (docs/assumed.md). */
export function assumedPage(results: readonly LeftOut[], made: Made): string {
  const total = (library: string, some: readonly LeftOut[]): LeftOut => {
    const sum = (of: (one: LeftOut) => number) => some.reduce((all, one) => all + of(one), 0)
    return {
      library,
      tensors: sum(({ tensors }) => tensors),
      before: sum(({ before }) => before),
      fixed: sum(({ fixed }) => fixed),
      broken: sum(({ broken }) => broken),
      expected: sum(({ expected }) => expected),
    }
  }
  const wild = total(
    '**libraries no rule was made for**',
    results.filter(({ library }) => !known.has(library)),
  )
  const row = ({ library, tensors, before, fixed, broken, expected }: LeftOut) => {
    const after = before - fixed + broken
    const share = (part: number) => `${((100 * part) / Math.max(1, tensors)).toFixed(1)} %`
    return `| ${library} | ${tensors} | ${before} | ${fixed} | ${broken} | ${after} | ${share(after)} | ${share(expected)} |`
  }
  return `# What is assumed, and how often that is wrong

<!-- Written by npm run tokens -- --write. -->

Where nothing speaks of a float tensor, neither the file nor a layout nor its neighbours, its name does: a table of weights for
words of its last name, the names beside it, those of its modules, its form and its type gives the odds that it is a buffer
(\`src/evidence/token-model.ts\`). Above 0.65 it is taken for one (a \`weight\` or \`bias\` above 0.9), else for a parameter; the answer stays \`assumed\`, and says how
often such an answer is right (\`kindProbability\` in JSON, \`why\`, and the line below the totals).

Each line is of a table that was made without that library and its relatives (\`scripts/tokens/left-out.ts\`), asked about the tensors of
its models that nothing else speaks of, from names, types and shapes alone. *Before* are the wrong answers where all are taken
for parameters. The last column is what the probabilities lead to expect. The tables have the form of that in use.

| library left out | tensors | wrong before | mended | broken | wrong | | expected |
|---|---:|---:|---:|---:|---:|---:|---:|
${[...results, wild].map(row).join('\n')}

The table in use is made of all: ${made.live} different tensors of live models (\`npm run accuracy\` reads the same), and
${made.defined} that the classes of ${made.sources.length} public packages define (\`scripts/tokens/definitions.py\` reads their text and runs nothing).
It has ${made.features} weights and takes ${made.bytes} bytes.

Packages: ${made.sources.join(', ')}.
`
}
