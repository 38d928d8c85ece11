import { code } from '../../src/render/markdown/markdown.ts'
import { damages } from './cases.ts'
import { damageFound } from './found.ts'

/** The table of damage: what happened, which rule says so, and what it says. It is docs/damage.md. */
export async function* damageTable(): AsyncGenerator<string> {
  yield '# Damage\n\n'
  yield 'Good checkpoints of `fixtures/`, damaged in the ways that checkpoints are damaged, and what `sdinspect check` '
  yield 'says of each. This page is made by running it (`npm run docs`), and a test does the same. Where the policy is '
  yield '"learnt", `sdinspect init` wrote it from the good one; without one, the rules of soundness are enough.\n\n'
  yield '| damage | made from | policy | rule | finding |\n|---|---|---|---|---|\n'
  for (const damage of damages) {
    const { damaged } = await damageFound(damage)
    const finding = damaged.findings.find(({ rule }) => rule === damage.rule)
    const said =
      finding === undefined
        ? 'nothing'
        : `${nameOf(finding)}${code(finding.message)} → ${code(finding.fix ?? '')}`
    yield `| ${damage.what} | ${code(damage.from)} | ${damage.learnt ? 'learnt' : 'none'} | ${code(damage.rule)} | ${said} |\n`
  }
}

function nameOf({ tensor, message }: { readonly tensor: string | null; readonly message: string }): string {
  return tensor === null || message.includes(tensor) ? '' : `${code(tensor)}: `
}
