// Writes docs/fuzzing.md of docs/fuzzing.json, to which npm run fuzz -- SECONDS --record adds.
import { writeFileSync } from 'node:fs'
import { bounds } from './bounds.ts'
import { foundBefore } from './found.ts'
import { type Records, readRecords } from './record.ts'
import { targets } from './targets/index.ts'

writeFileSync('docs/fuzzing.md', fuzzingPage(readRecords('docs/fuzzing.json')))

/** The page of what fuzzing came to. */
function fuzzingPage(records: Records): string {
  const rows = targets.flatMap(({ name, input }) => {
    const one = records[name]
    if (one === undefined) return []
    const { executions, seconds, corpus, lines, branches, most } = one
    return [
      `| \`${name}\` | ${input} | ${number(executions)} | ${number(seconds)} | ${number(corpus)} | ${share(lines)} | ${share(branches)} | ${number(most.steps)} | ${number(most.allocated)} |`,
    ]
  })
  const all = Object.values(records)
  const executions = all.reduce((sum, one) => sum + one.executions, 0)
  const hours = all.reduce((sum, one) => sum + one.seconds, 0) / 3_600
  const found = foundBefore().map(({ target, file, what }) => `| \`${target}\` | \`${file}\` | ${what} |`)
  return `# Fuzzing

Written by \`npm run docs\` of what \`npm run fuzz -- SECONDS --record\` added to [fuzzing.json](fuzzing.json). Inputs are changed by
[jsfuzz](https://gitlab.com/gitlab-org/security-products/analyzers/fuzzers/jsfuzz)'s mutations; one that runs a
statement or a branch that none before it ran, or runs it twice as often as any before, is kept and changed further. The
loop around them is our own: jsfuzz's own command counts every statement of the program again for each input, sends
inputs as JSON from process to process, stops at the first find, and knows no end of time.

**${number(executions)} inputs in ${hours.toFixed(2)} core-hours.**

| target | an input is | inputs run | seconds | kept | lines | branches | steps | bytes |
| --- | --- | --: | --: | --: | --: | --: | --: | --: |
${rows.join('\n')}

_Lines_ and _branches_: of the code that the target is about (\`about\` in \`scripts/fuzz/targets/\`), how much the inputs
that were kept run. _Steps_ and _bytes_: the most statements that one input ran, and bytes of typed arrays it allocated,
for each of its bytes and ${number(bounds.ownBytes)} more.

## What has to hold of every input

- It is read, or refused with a code that is not \`internal/*\`.
- It takes at most ${number(bounds.steps)} statements, and ${number(bounds.allocated)} bytes of typed arrays, for each of its bytes and ${number(bounds.ownBytes)} more;
  less than 400 MB of heap; an end. Statements are counted, not timed.
- What is shown of it, and every error, changes nothing of a terminal and is no command to a CI runner.
- A file is the same report read at hand and at a distance, and refused by both or by none.
- The lock of what was read can be read, is written the same again, and nothing has drifted from it.
- The names of a safetensors header are those that \`JSON.parse\` finds. A lock that is read can be written and read again.

## What was found

Each is a file in \`fixtures/fuzz/found/\`, which a test runs again.

| target | input | what it broke |
| --- | --- | --- |
${found.join('\n')}
`
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}

function share({ reached, all }: { readonly reached: number; readonly all: number }): string {
  return `${Math.floor((100 * reached) / all)} %`
}
