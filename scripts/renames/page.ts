import type { ConversionScore } from './score.ts'

/** The table of real conversions and what is found of them, and the page that it is in (docs/renames.md). */
export function renamesPage(scores: readonly ConversionScore[]): {
  readonly table: string
  readonly page: string
} {
  const row = (what: string, keys: number, right: number, wrong: number, source: string) =>
    `| ${what} | ${keys} | ${right} | ${((100 * right) / keys).toFixed(1)} % | ${wrong} | ${source} |`
  const sum = (of: (score: ConversionScore) => number) => scores.reduce((total, one) => total + of(one), 0)
  const table = [
    '| conversion | keys of the published map | found | | wrong | where the map is published |',
    '|---|---:|---:|---:|---:|---|',
    ...scores.map(({ conversion, keys, right, wrong }) =>
      row(conversion.what, keys, right, wrong.length, conversion.source),
    ),
    row(
      `**all ${scores.length}**`,
      sum(({ keys }) => keys),
      sum(({ right }) => right),
      sum(({ wrong }) => wrong.length),
      '',
    ),
  ].join('\n')
  return {
    table,
    page: `# Renames, held to published conversions

<!-- Written by npm run renames -- --write. -->

\`sdinspect diff\` proposes renames from names and shapes alone. These are models under the names of two libraries, with the
key map of a published conversion script: names and shapes of the model classes themselves
(\`scripts/renames/generate.py\`, \`fixtures/diff/conversions.json.br\`). A key is *found* where the proposed map gives it the
very name that the script gives it, and *wrong* where it gives it any other. Keys that a script joins, splits or leaves out
are in no map, and a rename of one of them is wrong too.

${table}

What neither names nor shapes tell is in none of these: the fusion stages of DPT and Depth Anything, which transformers numbers backwards;
the MLPs of SAM, of which \`layers.1\` becomes \`layers.0\` while both libraries have a \`layers.0\` of that shape; and what is left of an
attention whose q, k and v are joined on one side (Phi's \`out_proj\`, which is one of four of its shape on the other).
`,
  }
}
