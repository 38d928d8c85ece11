import type { Judgement } from './judge.ts'

/** The table of how verdicts compare with torch's, and the page that it is in (docs/load-state-dict.md). */
export function oraclePage(judgements: readonly Judgement[]): {
  readonly table: string
  readonly page: string
} {
  const groups = new Map<string, { pairs: number; raise: number; notKnown: number; wrong: number }>()
  const all = { pairs: 0, raise: 0, notKnown: 0, wrong: 0 }
  for (const { pair, outcome } of judgements) {
    const row = groups.get(pair.group) ?? { pairs: 0, raise: 0, notKnown: 0, wrong: 0 }
    groups.set(pair.group, row)
    for (const each of [row, all]) {
      each.pairs++
      if (pair.strict !== null) each.raise++
      if (outcome === 'not known') each.notKnown++
      if (outcome === 'wrong') each.wrong++
    }
  }
  const line = (name: string, { pairs, raise, notKnown, wrong }: typeof all) =>
    `| ${name} | ${pairs} | ${raise} | ${pairs - notKnown - wrong} | ${notKnown} | ${wrong} |`
  const table = [
    '| pairs of | pairs | torch raises | as torch says | says that it is not known | wrong |',
    '|---|---:|---:|---:|---:|---:|',
    ...[...groups].map(([name, row]) => line(name, row)),
    line('**all**', all),
  ].join('\n')
  return { table, page: text(table) }
}

const text = (table: string): string => `# What load_state_dict says, held to torch

<!-- Written by npm run oracle -- PYTHON --write. -->

\`sdinspect diff a b\` says what \`model.load_state_dict(a)\` would say, where the model is the one that \`b\` was saved of.
Whether that is so is not argued but tried: \`scripts/oracle/generate.py\` builds models with torch 2.15, edits their state
dicts as people's scripts do, saves both sides, and writes down what torch says with \`strict=True\`, \`strict=False\` and
\`assign=True\`: the exception, its message to the letter, and the lists of missing and unexpected keys. \`npm run oracle --
PYTHON\` holds the program to all of it, with files alone to go by; a sample of the pairs is a test.

${table}

*Not known* is an answer: that it is said where it need not be costs nothing but a look, and where it is not said the
answer has to be torch's. It is said where a class that no file names decides: tensor subclasses, modules that compute
with what they are given before they compare it, numbers of a type that only a parameter without \`requires_grad\` takes.

## What it goes by

- **Versions.** \`_metadata\` of the checkpoint says the version of each module. A batch norm of version 2 that has no
  \`num_batches_tracked\` misses it; where the version is not recorded, as in a plain dict or in safetensors, it fills it
  in. \`weight_g\` and \`weight_v\` become those of the parametrized weight norm; an older spectral norm computes its second
  vector; an instance norm without statistics refuses those of a checkpoint without versions, with \`strict=False\` too.
- **Modules with rules of their own** are recognised by what they keep: lazy, quantised and fake-quantised modules,
  observers, fused modules of quantisation-aware training.
- **Objects.** A module, a list or a TorchScript archive is no state dict: TypeError. Plain attributes of a TorchScript
  module are no keys, and what it is given is compared entry by entry, whatever class it was written as. A key that is no text ends the load; a list or a NumPy array in a tensor's place is not copied.
- **Tensors.** Shapes are compared as torch counts them, \`float4_e2m1fn_x2\` in pairs. What \`copy_\` takes from one kind of
  tensor into another is known for each pair of kinds, and so is that nothing is copied into an expanded tensor.
- **Optimizers** are compared by the sizes of their groups, as torch does, and by what each class takes from its state.
  State of another shape loads, and the next step fails: that is told too.

## What no file says

Hooks that a class registers itself, modules that override \`_load_from_state_dict\` outside torch, a class that has
\`get_extra_state\` without \`set_extra_state\`, children that are registered as None, and a parametrization of one's own in two
parts of the shapes of a weight norm. Keys below a module without entries are told with those of the module around it. Names that a sorted file has lost
the order of are told in the order of the file.
`
