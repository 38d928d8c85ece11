/** A segment of a rule that stands for any one segment. */
export const anySegment = Symbol('*')
export type RuleSegment = string | typeof anySegment

/**
 * How names that begin so are renamed. Both sides have the same number of any-segments, which stand for the
 * same text in order. With `rest` the rule is for everything below, and the segments left over are kept.
 */
export interface RenameRule {
  readonly from: readonly RuleSegment[]
  readonly to: readonly RuleSegment[]
  readonly rest: boolean
}

/** The glob of one side of a rule: `transformer.h.*.attn.**`. */
export function rulePattern(segments: readonly RuleSegment[], rest: boolean): string {
  const texts = segments.map((segment) =>
    segment === anySegment ? '*' : segment.replace(/[*?[\]{}\\,!]/g, '\\$&'),
  )
  return [...texts, ...(rest ? ['**'] : [])].join('.')
}

/** The most specific first: whole names before prefixes, long before short, texts before any-segments. */
function compareRules(a: RenameRule, b: RenameRule): number {
  if (a.rest !== b.rest) return a.rest ? 1 : -1
  if (a.from.length !== b.from.length) return b.from.length - a.from.length
  const wild = (rule: RenameRule) => rule.from.filter((segment) => segment === anySegment).length
  const [x, y] = [rulePattern(a.from, a.rest), rulePattern(b.from, b.rest)]
  return wild(a) - wild(b) || (x < y ? -1 : x > y ? 1 : 0)
}

interface Node {
  readonly children: Map<string, Node>
  any: Node | null
  /** Positions in the list of rules; -1 for none. */
  whole: number
  rest: number
}

const newNode = (): Node => ({ children: new Map(), any: null, whole: -1, rest: -1 })

/** Rules in the order they are tried: the first that fits a name renames it. */
export class RenameRules {
  /** The most specific first. */
  readonly rules: readonly RenameRule[]
  readonly #root = newNode()

  constructor(rules: readonly RenameRule[]) {
    this.rules = [...rules].sort(compareRules)
    this.rules.forEach((rule, position) => {
      let node = this.#root
      for (const segment of rule.from) node = step(node, segment)
      if (rule.rest) node.rest = node.rest < 0 ? position : node.rest
      else node.whole = node.whole < 0 ? position : node.whole
    })
  }

  /** Position of the rule that renames `name`; -1 for none. */
  ruleOf(name: string): number {
    let best = -1
    const consider = (position: number) => {
      if (position >= 0 && (best < 0 || position < best)) best = position
    }
    let nodes = [this.#root]
    for (let begin = 0; nodes.length > 0; ) {
      const dot = name.indexOf('.', begin)
      const segment = dot < 0 ? name.slice(begin) : name.slice(begin, dot)
      const next: Node[] = []
      for (const node of nodes) {
        consider(node.rest)
        const child = node.children.get(segment)
        if (child !== undefined) next.push(child)
        if (node.any !== null) next.push(node.any)
      }
      nodes = next
      if (dot >= 0) {
        begin = dot + 1
        continue
      }
      for (const node of nodes) consider(node.whole)
      break
    }
    return best
  }

  /** The new name; the same where no rule fits. */
  apply(name: string): string {
    const rule = this.rules[this.ruleOf(name)]
    return rule === undefined ? name : renamed(name, rule)
  }
}

function step(node: Node, segment: RuleSegment): Node {
  if (segment === anySegment) {
    node.any ??= newNode()
    return node.any
  }
  let child = node.children.get(segment)
  if (child === undefined) {
    child = newNode()
    node.children.set(segment, child)
  }
  return child
}

function renamed(name: string, { from, to, rest }: RenameRule): string {
  const taken: string[] = []
  let begin = 0
  for (const segment of from) {
    const dot = name.indexOf('.', begin)
    const end = dot < 0 ? name.length : dot
    if (segment === anySegment) taken.push(name.slice(begin, end))
    begin = end + 1
  }
  let used = 0
  const segments = to.map((segment) => (segment === anySegment ? (taken[used++] ?? '') : segment))
  if (rest) segments.push(name.slice(begin))
  return segments.join('.')
}
