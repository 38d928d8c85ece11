// Writes docs/differential.md of docs/differential.json, to which npm run differential:… -- SEED COUNT --record adds.
import { writeFileSync } from 'node:fs'
import { type DifferentialRecords, type Result, readDifferential } from './tally.ts'

const columns: readonly Result[] = [
  'same',
  'different',
  'told that it is not followed',
  'refused by both',
  'refused here only',
  'refused by torch only',
]
const inputs: Readonly<Record<string, string>> = {
  pickle: 'pickles, through the unpicklers',
  zip: 'files of torch.save',
  legacy: 'files of torch.save before 1.6',
  torchscript: 'files of torch.jit.save',
}

writeFileSync('docs/differential.md', page(readDifferential('docs/differential.json')))

function page({ streams = {}, files = {} }: DifferentialRecords): string {
  const rows = Object.entries({ ...streams, ...files }).map(([kind, counts]) => {
    const all = columns.reduce((sum, result) => sum + (counts[result] ?? 0), 0)
    return `| ${[inputs[kind] ?? kind, ...[all, ...columns.map((result) => counts[result] ?? 0)].map(number)].join(' | ')} |`
  })
  return `# What torch loads, and what is shown

Written by \`npm run docs\` of what the commands below added to [differential.json](differential.json) with \`--record\`. Runs
go on from a seed and add up.

- \`npm run differential:pickle -- SEED COUNT\`: pickles of a grammar with every opcode and global that
  \`torch.load(weights_only=True)\` takes, in all forms of their arguments, against torch's weights-only unpickler and
  Python's own, with stub storages. Names, shapes, types, \`requires_grad\` and where in which storage are the same.
- \`npm run differential:files -- SEED COUNT\`: whole files, seldom tampered with (names in other case or twice, sizes,
  checksums, versions, byte order, keys and counts of storages), against \`torch.load\`, \`weights_only\` or not, and
  \`torch.jit.load\`: names, shapes, types, \`requires_grad\` and the values themselves.

Both need \`PYTHON=\` a Python with torch. One that is shown and read otherwise ends them with 1.

| input | run | ${columns.join(' | ')} |
| --- | --: | ${columns.map(() => '--:').join(' | ')} |
${rows.join('\n')}

_Refused here only_: torch takes more than is sound (a key twice, a stray byte) or a form that is not followed here.
_Refused by torch only_: what it refuses for other reasons than its tensors. Not compared, because both are right:

- values of a file that says it is big-endian: torch swaps bytes by the type of a storage, whatever that of the tensor, and
  those of TorchScript never; here they are read as the file says;
- \`requires_grad\` of a buffer: no optimizer is handed one, so it does not train;
- of two entries of one name (the keys \`0\` and \`"0"\`) which is which, and the paths of what has keys that are no names.
`
}

function number(value: number | string): string {
  return value.toLocaleString('en-US')
}
