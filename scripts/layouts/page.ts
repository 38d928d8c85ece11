// Writes docs/layouts.md: what each packed layer of test/helpers/packed-layers.ts is counted as.
import { writeFileSync } from 'node:fs'
import { plainMap, reportOf, totalsOf } from '../../test/helpers/checkpoint.ts'
import { inputs, outputs, type PackedLayer, packedLayers } from '../../test/helpers/packed-layers.ts'

const rows = Object.entries(packedLayers).map(([name, layer]) => row(name, layer))

writeFileSync(
  'docs/layouts.md',
  `# Packed weights

Written by \`npm run docs\`. Layers of ${outputs} outputs and ${inputs} inputs (some of other sizes, where a layout needs them) as the library packs
them, by its source; a test holds the count of each to the weights of the layer that was packed, its bias included. *Known from shapes*:
no configuration and no metadata stands beside the tensors.

Where rows are padded or bits are left over, the shape is in the values of the bookkeeping (\`weight_shape\` of compressed-tensors,
\`quant_state\` of bitsandbytes), which are read and held to the shapes. At a distance they are not: then a neighbour settles the count, or
it is a least number.

A packed weight of no layout that is known here counts as \`at least\` what its bytes can stand for, never as a plain number.

| packed by | tensors | told as | known from shapes | weights | counted |
|---|---|---|---|---:|---:|
${rows.join('\n')}
`,
)

function row(name: string, { entries, logical, config, metadata }: PackedLayer): string {
  const report = reportOf(entries, {
    ...(config === undefined ? {} : { side: { config: plainMap(config) } }),
    ...(metadata === undefined ? {} : { metadata }),
  })
  const schemes = new Set(
    (report.stateDicts[0]?.tensors ?? []).flatMap(({ quantised }) => quantised?.scheme ?? []),
  )
  const tensors = Object.entries(entries).map(
    ([leaf, [dtype, shape]]) => `\`${leaf}\` ${dtype} [${(shape as readonly number[]).join(', ')}]`,
  )
  const { logicalParameters, logicalIsLeast } = totalsOf(report)
  const counted = `${logicalIsLeast === true ? 'at least ' : ''}${(logicalParameters ?? 0).toLocaleString('en')}`
  const alone = config === undefined && metadata === undefined ? 'yes' : 'no'
  return `| ${name} | ${tensors.join(', ')} | ${[...schemes].join(', ')} | ${alone} | ${logical.toLocaleString('en')} | ${counted} |`
}
