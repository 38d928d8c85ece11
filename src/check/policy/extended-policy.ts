import type { TextPlace } from '../../model/finding.ts'
import type { Policy, PolicyDocument, PolicyExpectations } from './policy.ts'

type Path = readonly (string | number)[]

/** Lists: those of the base stand first. */
const lists = ['tensors', 'allowed', 'forbidden', 'overrides', 'suppress', 'imports', 'leaveOut'] as const

/** Objects of things that are said one by one: what `own` says of one wins. */
const objects = ['rules', 'counts', 'sizes', 'metadata', 'evidence', 'hashes'] as const

const sayings = ['buffer', 'parameter', 'frozen', 'trainable'] as const

/** Policies that are part of sdinspect, and not files. */
export const builtIn = /^sdinspect:/

/**
 * A policy with what it extends: as if what the base says stood before what it says itself. Each thing keeps the place where
 * it stands. Paths are relative to the policy that extends, whose paths they then are.
 */
export function extendedPolicy(base: PolicyDocument, own: PolicyDocument): PolicyDocument {
  const { policy: b } = base
  const { policy: o } = own
  const joined: Record<string, unknown> = { ...b, ...o, extends: [...extendsOf(b), ...extendsOf(o)] }
  for (const key of lists)
    if (b[key] !== undefined || o[key] !== undefined) joined[key] = [...(b[key] ?? []), ...(o[key] ?? [])]
  for (const key of objects)
    if (b[key] !== undefined || o[key] !== undefined) joined[key] = { ...b[key], ...o[key] }
  if (b.kinds !== undefined || o.kinds !== undefined) joined.kinds = kindsOf(b, o)
  return {
    file: own.file,
    policy: joined as unknown as Policy,
    placeOf: (path) => placeIn(base, own, path),
  }
}

export function extendsOf({ extends: said = [] }: Policy): readonly string[] {
  return typeof said === 'string' ? [said] : said
}

function kindsOf({ kinds: b = {} }: PolicyExpectations, { kinds: o = {} }: PolicyExpectations) {
  return Object.fromEntries(
    sayings.flatMap((says) =>
      b[says] === undefined && o[says] === undefined
        ? []
        : [[says, [...(b[says] ?? []), ...(o[says] ?? [])]]],
    ),
  )
}

/** Where a part of the joined policy stands: in the base, or in what extends it. */
function placeIn(base: PolicyDocument, own: PolicyDocument, path: Path): TextPlace {
  const at = indexIn(path)
  if (at !== -1) {
    const of = partAt(base.policy, path.slice(0, at))
    const before = Array.isArray(of) ? of.length : 0
    const index = path[at] as number
    if (index < before) return base.placeOf(path)
    return own.placeOf([...path.slice(0, at), index - before, ...path.slice(at + 1)])
  }
  return partAt(own.policy, path) === undefined && partAt(base.policy, path) !== undefined
    ? base.placeOf(path)
    : own.placeOf(path)
}

/** Where in a path the index of a joined list is; -1 where it leads into none. */
function indexIn([first, second, third]: Path): number {
  if ((lists as readonly unknown[]).includes(first)) return typeof second === 'number' ? 1 : -1
  return first === 'kinds' && typeof third === 'number' ? 2 : -1
}

function partAt(policy: Policy, path: Path): unknown {
  let part: unknown = policy
  for (const key of path) {
    if (part === null || typeof part !== 'object' || !Object.hasOwn(part, key)) return undefined
    part = (part as Record<string | number, unknown>)[key]
  }
  return part
}
