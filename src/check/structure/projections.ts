import type { Inspection } from '../../model/inspection.ts'

/** What libraries call the three projections of attention where each is a layer of its own. */
const triples = [
  ['q_proj', 'k_proj', 'v_proj'],
  ['query', 'key', 'value'],
  ['q', 'k', 'v'],
  ['q_lin', 'k_lin', 'v_lin'],
  ['to_q', 'to_k', 'to_v'],
  ['wq', 'wk', 'wv'],
  ['Wq', 'Wk', 'Wv'],
  ['linear_q', 'linear_k', 'linear_v'],
  ['query_proj', 'key_proj', 'value_proj'],
] as const

/** What stands beside them and is none of them: the output, norms of them, biases of positions. */
const beside =
  /^(?:o|o_proj|out_proj|out_lin|out|to_out|wo|Wo|dense|linear_out|c_proj|proj|[qk]_?norm|norm_[qk]|[qk]_layernorm|norm|layer_norm|LayerNorm|relative_.*|rotary_emb|distance_embedding|sinks|attn_drop)$/

/** A kind of attention of which every block lacks one projection of the three. */
export interface LackedProjections {
  /** Paths of those that are there. */
  readonly there: readonly string[]
  readonly missing: readonly string[]
}

/**
 * Finds attention that has two of three projections wherever it stands, and nothing that could be the third: no tensor
 * of another name. Of 750 models in whose truth the two stand together, none lacks the third on purpose unless it has
 * another in its place, or keys for values (then only the values are missing, which is not told).
 */
export function* lacksProjections(inspection: Inspection): Iterable<LackedProjections> {
  const { tree, table } = inspection
  if (!inspection.hasSegment((segment) => triples.some((names) => names.some((name) => name === segment))))
    return
  const places = new Map<string, { there: string[]; missing: string[]; isWhole: boolean }>()
  for (let module = 0; module < tree.size; module++) {
    const children = tree.childrenOf(module).map((child) => tree.nameOf(child))
    const names = triples.find((one) => one.filter((name) => children.includes(name)).length >= 2)
    if (names === undefined) continue
    const path = tree.path(module)
    const place = path.replace(/(?<![^.])[0-9]+(?![^.])/g, '*')
    const found = places.get(place) ?? { there: [], missing: [], isWhole: false }
    places.set(place, found)
    const lost = names.filter((name) => !children.includes(name))
    const others = children.filter((name) => !names.some((one) => one === name) && !beside.test(name))
    const own = [...tree.ownOf(module)].some((tensor) => table.shape(tensor).length > 1)
    const isSmall = names.some((name) => {
      const child = tree.childNamed(module, name)
      return child >= 0 && [...tree.ownOf(child)].every((tensor) => table.shape(tensor).length !== 2)
    })
    // Models may take their keys for values, and are no attention where nothing says so.
    const isOther = lost[0] === names[2] || !/att|self/i.test(path)
    if (lost.length !== 1 || others.length > 0 || own || isSmall || isOther) {
      found.isWhole = true
      continue
    }
    found.missing.push(...lost.map((name) => `${path}.${name}`))
    found.there.push(...names.filter((name) => children.includes(name)).map((name) => `${path}.${name}`))
  }
  for (const { there, missing, isWhole } of places.values())
    if (!isWhole && missing.length >= 2) yield { there, missing }
}
