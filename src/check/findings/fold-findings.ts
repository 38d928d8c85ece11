import type { FindingArg, FindingArgs } from '../../model/finding.ts'
import { foldedList, foldedNames } from '../../model/names/folded-names.ts'
import { measuresOf, messageOf, ruleById } from '../all-rules.ts'
import type { CheckReport } from '../check-report.ts'
import { type Told, withCausesFirst } from './causes.ts'
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
  const groups = new Map<string, Told[]>()
  for (const told of withCausesFirst(report.findings)) {
    const { finding } = told
    const key = (alike ? likenessOf(finding) : null) ?? wordsOf(finding)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [told])
    else group.push(told)
  }
  return { ...report, findings: [...groups.values()].map((group) => foldedWithAfter(group, mostNames)) }
}

/** What follows from any of them is told after all. */
function foldedWithAfter(group: readonly Told[], most: number): CheckFinding {
  const one = folded(
    group.map(({ finding }) => finding),
    most,
  )
  return { ...one, message: one.message + group.map(({ after }) => after).join('') }
}

/** The same for findings that are told in the same words of the same place. */
function wordsOf({ rule, level, path, file, line, column, message, suppressed }: CheckFinding): string {
  return JSON.stringify([rule, level, path, file, line, column, message, suppressed])
}

/** The same for findings about tensors whose names differ in numbers, with facts that differ in numbers of names and in what only measures. */
function likenessOf(finding: CheckFinding): string | null {
  const { rule, level, path, line, tensor, args, fix, suppressed } = finding
  if (tensor === null) return null
  if (ruleById.get(rule)?.needs === 'policy')
    return JSON.stringify([rule, level, path, askedOf(finding), suppressed])
  if (line !== null) return null
  const measures = measuresOf(rule)
  const facts = Object.entries(args)
    .filter(([name]) => !measures.has(name))
    .map(([name, arg]) => [name, withoutBlocks(arg)])
  return JSON.stringify([rule, level, path, withoutBlocks(tensor), facts, withoutBlocks(fix), suppressed])
}

/** Of what a policy or a lock asks for and is not so: all but the names, as each of its lines asks for some. */
function askedOf({ rule, args }: CheckFinding): unknown {
  if (rule === 'tensors/required' || rule === 'tensors/unexpected') return null
  if (rule === 'tensors/count') return [args.count, args.min, args.max]
  if (rule === 'lock/drift' && ['missing', 'new', 'renamed'].includes(String(args.what))) return args.what
  return Object.entries(args)
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
  const isOfNames = first.args.pattern !== undefined || first.args.name !== undefined
  const more = isOfNames
    ? `${rest.length} more`
    : rest.length === 1
      ? 'one more tensor'
      : `${rest.length} more tensors`
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
  return own === null || all === null || own === all || message !== own ? null : all
}
