import type { FindingArg, FindingArgs } from '../../model/finding.ts'
import { foldedList, foldedNames } from '../../model/names/folded-names.ts'
import { measuresOf, messageOf } from '../all-rules.ts'
import type { CheckReport } from '../check-report.ts'
import { withCausesFirst } from './causes.ts'
import type { CheckFinding } from './check-finding.ts'

export interface FoldingOptions {
  /** Folded names that are told; the rest is a number. */
  readonly mostNames?: number
  /**
   * Whether findings that differ in no more than numbers are folded too: those of the blocks of a model. For people alone:
   * what tracks findings from run to run by their fingerprints would lose sight of all but the first.
   */
  readonly alike?: boolean
}

/**
 * The report as a person reads it: what is said of many tensors in the same words is said once, with their names
 * folded, and a cause is said before and instead of what follows from it. The counts stay.
 */
export function withFoldedFindings(
  report: CheckReport,
  { mostNames = 3, alike = false }: FoldingOptions = {},
): CheckReport {
  const groups = new Map<string, CheckFinding[]>()
  for (const finding of withCausesFirst(report.findings)) {
    const key = (alike ? likenessOf(finding) : null) ?? wordsOf(finding)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [finding])
    else group.push(finding)
  }
  return { ...report, findings: [...groups.values()].map((group) => folded(group, mostNames)) }
}

/** The same for findings that are told in the same words of the same place. */
function wordsOf({ rule, level, path, file, line, column, message, suppressed }: CheckFinding): string {
  return JSON.stringify([rule, level, path, file, line, column, message, suppressed])
}

/** The same for findings about tensors whose names differ in numbers, with facts that differ in numbers of names and in what only measures. */
function likenessOf({ rule, level, path, line, tensor, args, fix, suppressed }: CheckFinding): string | null {
  if (tensor === null || line !== null) return null
  const measures = measuresOf(rule)
  const facts = Object.entries(args)
    .filter(([name]) => !measures.has(name))
    .map(([name, arg]) => [name, withoutBlocks(arg)])
  return JSON.stringify([rule, level, path, withoutBlocks(tensor), facts, withoutBlocks(fix), suppressed])
}

function withoutBlocks(arg: FindingArg): FindingArg {
  if (typeof arg === 'string') return arg.length > 1_000 ? arg : arg.replace(/(?<![^."])\d+(?![^."])/g, '#')
  return typeof arg === 'object' && arg !== null ? arg.map((text) => withoutBlocks(text) as string) : arg
}

function folded(group: readonly CheckFinding[], most: number): CheckFinding {
  const [first, ...others] = group as readonly [CheckFinding, ...CheckFinding[]]
  const names = group.flatMap(({ tensor }) => (tensor === null ? [] : [tensor]))
  if (names.length < 2) return first
  const tensor = foldedNames(names)[0]?.name ?? null
  const isOneFile = others.every(({ file }) => file === first.file)
  const about = { ...first, tensor, file: isOneFile ? first.file : null }
  if (others.every(({ message }) => message === first.message))
    return { ...about, message: `${names.length} tensors, ${foldedList(names, most)}: ${first.message}` }
  const ofAll = others.every(({ args }) => sameFacts(args, first.args)) ? messageOfAll(first, tensor) : null
  if (ofAll !== null) return { ...about, message: `${names.length} tensors: ${ofAll}` }
  const rest = names.slice(1)
  const more = rest.length === 1 ? 'one more tensor' : `${rest.length} more tensors`
  return {
    ...about,
    tensor: first.tensor,
    message: `${first.message}; likewise ${more}: ${foldedList(rest, most)}`,
  }
}

const sameFacts = (a: FindingArgs, b: FindingArgs): boolean => JSON.stringify(a) === JSON.stringify(b)

/** The message of a finding with a folded name in place of its own; null where its message does not show the name so. */
function messageOfAll(
  { rule, args, message, tensor, file }: CheckFinding,
  name: string | null,
): string | null {
  const say = (tensor: string | null) =>
    messageOf(rule, args, { tensor: tensor ?? undefined, file: file ?? undefined })
  const own = say(tensor)
  const all = say(name)
  // What a cause was given to tell stands after it.
  return own === null || all === null || own === all || !message.startsWith(own)
    ? null
    : all + message.slice(own.length)
}
