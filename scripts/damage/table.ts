import { code } from '../../src/render/markdown/markdown.ts'
import { damages } from './cases.ts'
import type { Damage } from './damage.ts'
import { damageFound } from './found.ts'

const longest = 160

/** The table of damage: what happened, which rule says so, and what it says. It is docs/damage.md. */
export async function* damageTable(): AsyncGenerator<string> {
  yield '# Damage\n\n'
  yield 'Good checkpoints of `fixtures/`, damaged in the ways that checkpoints are damaged, and what `sdinspect check` '
  yield 'says of each. This page is made by running it (`npm run docs`), and a test does the same: the good one has no '
  yield 'finding, and of the damaged one the rule in the table speaks and no other, where what follows from a cause is told '
  yield 'with it. Where the policy is "learnt", `sdinspect init` wrote it from the good one; without one, the rules of '
  yield 'soundness are enough.\n\n'
  yield `**${damages.length} damages, by ${new Set(damages.map(({ rule }) => rule)).size} rules.**\n\n`
  yield '| damage | made from | held to | rule | finding |\n|---|---|---|---|---|\n'
  for (const damage of damages) {
    const { damaged } = await damageFound(damage)
    const finding = damaged.findings.find(({ rule }) => rule === damage.rule)
    const said = finding === undefined ? 'nothing' : `${nameOf(finding)}${code(shortened(finding.message))}`
    yield `| ${damage.what} | ${code(damage.from)} | ${heldTo(damage)} | ${code(damage.rule)} | ${said} |\n`
  }
}

function heldTo({ learnt, policy, locked, values }: Damage): string {
  if (learnt) return 'a policy, learnt'
  if (policy !== undefined) return code(policy)
  return locked ? 'a lock' : values ? 'its values' : 'no policy'
}

/** Enough of a message to see what it is. */
function shortened(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}…`
}

function nameOf({ tensor, message }: { readonly tensor: string | null; readonly message: string }): string {
  return tensor === null || message.includes(tensor) ? '' : `${code(tensor)}: `
}
