import type { FindingArg, FindingArgs } from '../../model/finding.ts'

/**
 * Texts that tell a finding from the others of its rule about the same thing: its facts without those that only
 * measure. Two findings with the same are one, seen in two runs.
 */
export function tellingFacts(args: FindingArgs, measures: ReadonlySet<string>): string[] {
  return Object.keys(args)
    .filter((name) => !measures.has(name))
    .sort()
    .flatMap((name) => [name, ...textsOf(args[name] ?? null)])
}

/** Length first: a list cannot be taken for what stands behind it. */
function textsOf(arg: FindingArg): string[] {
  return typeof arg === 'object' && arg !== null ? [String(arg.length), ...arg] : [JSON.stringify(arg)]
}
