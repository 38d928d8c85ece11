import type { Finding } from '../model/finding.ts'
import { type ArgsOf, catalogue, type OnOf, type RuleId } from './catalogue.ts'
import type { Entry } from './entry.ts'
import { type AboutParameters, makeFinding } from './make-finding.ts'

/**
 * Something noticed about a checkpoint.
 *
 * @param rule its id in the catalogue
 * @param args the facts its message is made of
 * @param about what it is about: a tensor, a file, a key, a line of a text
 */
export function finding<Id extends RuleId>(
  rule: Id,
  args: ArgsOf<Id>,
  ...about: AboutParameters<OnOf<Id>>
): Finding {
  return makeFinding(rule, catalogue[rule] as unknown as Entry<ArgsOf<Id>, OnOf<Id>>, args, about)
}
