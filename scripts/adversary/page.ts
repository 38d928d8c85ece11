// Writes docs/adversary.md of docs/adversary.json, to which npm run adversary -- PYTHON MODELS SEED --record adds.
import { writeFileSync } from 'node:fs'
import { levels } from '../../src/model/verdict.ts'
import { type AdversaryRecords, readRecords } from './records.ts'

writeFileSync('docs/adversary.md', page(readRecords('docs/adversary.json')))

function page({ models, unread, answers }: AdversaryRecords): string {
  const rows = ['kind', 'trainable'].flatMap((question) =>
    levels.map((level) => {
      const { count, wrong } = answers[`${question} ${level}`] ?? { count: 0, wrong: 0 }
      return `| ${question} | ${level} | ${number(count)} | ${number(wrong)} |`
    }),
  )
  return `# Models that were made to mislead

Written by \`npm run docs\` of what \`npm run adversary -- PYTHON MODELS SEED --record\` added to
[adversary.json](adversary.json). PYTHON is one with torch.

Each model is of random modules, nested and shared, and has had done to it what PyTorch's public calls allow: parameters frozen,
registered anew, renamed, deleted, added after the optimizer was made, moved between its groups, exchanged by
\`swap_tensors\`; state dicts edited by every method of a dict, loaded with \`strict=False\`, averaged; since November also lists and
dicts of parameters, lazy and pruned modules, parametrizations, observers, wrappers, hooks on state dicts, several optimizers,
modules inside of files, and what DeepSpeed, TorchScript and safetensors write (\`scripts/adversary/wider.py\`); layers fused,
adapters merged, modules prepared for quantisation, parametrisations cached, copies kept inside, names of wrappers, and files that say
things of a model that was changed since (\`scripts/adversary/idioms.py\`). torch writes the file, and every
answer is held to what is true of the live model.

**${number(models)} models**, ${number(unread)} of them not read.

| question | level | answers | wrong |
|---|---|---:|---:|
${rows.join('\n')}

What is declared or deduced has to be right whatever was done. What is recognised goes by layouts and names, which these models wear
without being so: on real ones see the README.
`
}

function number(value: number): string {
  return value.toLocaleString('en')
}
