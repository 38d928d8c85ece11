interface Module {
  readonly children: Map<string, Module>
  /** Left for another module: the walk never comes back. */
  left: boolean
}

/**
 * Whether a list of names can only be the order in which modules registered their tensors. Evidence takes
 * registration order for a hard fact, so everything that could be a sort of any kind is not it:
 *
 * - each module's own tensors come before its children, and each module in one piece, as
 *   `Module.state_dict` walks them;
 * - modules have their own tensors out of alphabetical order (`weight` before `bias`) more often than sorted
 *   runs, one for each element type or shard, laid end to end would.
 *
 * Linear in the names' total length.
 *
 * @param sortedRuns how many sorted runs a writer that sorts might have left
 */
export function isRegistrationOrder(names: Iterable<string>, sortedRuns = 1): boolean {
  const root: Module = { children: new Map(), left: false }
  /** The module of the name before, the last, and all above it, the root first. */
  const open = [root]
  let before = ''
  let descents = 0
  for (const name of names) {
    const moved = enter(open, name)
    if (moved === 'again') return false
    if (moved === 'same' && before > name) descents++
    before = name
  }
  return descents >= sortedRuns
}

/**
 * Makes the module of `name` the last of `open`. `same`: it was already. `again`: it or a module above it was
 * left before, or is above the one that was open, whose tensors come first in a walk.
 */
function enter(open: Module[], name: string): 'same' | 'new' | 'again' {
  let depth = 1
  let isNew = false
  for (let begin = 0; ; depth++) {
    const dot = name.indexOf('.', begin)
    if (dot < 0) break
    const segment = name.slice(begin, dot)
    const parent = open[depth - 1] as Module
    let module = parent.children.get(segment)
    if (module === undefined || module !== open[depth]) {
      if (module?.left) return 'again'
      for (const closed of open.splice(depth)) closed.left = true
      module = { children: new Map(), left: false }
      parent.children.set(segment, module)
      open.push(module)
      isNew = true
    }
    begin = dot + 1
  }
  if (isNew) return 'new'
  return depth === open.length ? 'same' : 'again'
}
