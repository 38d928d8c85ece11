import type { Explanation } from '../../model/explanation.ts'
import { representationText } from '../../model/tensors/representation-text.ts'
import { originalText } from '../original-text.ts'
import { code } from './markdown.ts'

/** For each tensor both answers, and every claim in a table, those that won in bold. */
export function* whyMarkdown(explanations: readonly Explanation[]): Generator<string> {
  let first = true
  for (const explanation of explanations) {
    const { name, dtype, shape, representation, value, original, kind, trainable, claims } = explanation
    const kept = representation === undefined ? '' : `, ${code(representationText(representation))}`
    const type = value === undefined ? `${dtype ?? ''} [${shape.join(', ')}]${kept}` : code(value)
    yield `${first ? '' : '\n'}### ${code(name)} ${type}\n\n`
    first = false
    if (original !== undefined) yield `${code(originalText(original))}\n\n`
    yield `${kind.answer} (${kind.level}), trainable: ${trainable.answer} (${trainable.level})\n\n`
    yield '| question | answer | level | reason | source |\n|---|---|---|---|---|\n'
    for (const claim of claims) {
      const said = claim.won ? `**${claim.answer}**` : claim.answer
      yield `| ${claim.question} | ${said} | ${claim.level} | ${code(claim.reason)} | ${code(claim.source)} |\n`
    }
  }
}
