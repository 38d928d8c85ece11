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
  const list = [...names]
  return descentsIn(list) >= sortedRuns && isWalk(list)
}

/** How often a name is followed by a smaller one of the same module. */
function descentsIn(names: readonly string[]): number {
  let descents = 0
  let before = ''
  let prefix = ''
  for (const name of names) {
    const end = name.lastIndexOf('.') + 1
    if (end === prefix.length && name.startsWith(prefix)) {
      if (before > name) descents++
    } else prefix = name.slice(0, end)
    before = name
  }
  return descents
}

/** Whether modules are walked one after the other, their own tensors first. */
function isWalk(names: readonly string[]): boolean {
  const root: Module = { children: new Map(), left: false }
  /** The module of the name before, the last, and all above it, the root first. */
  const open = [root]
  return names.every((name) => enter(open, name))
}

/**
 * Makes the module of `name` the last of `open`. False where no walk comes to it here: it or a module above it was
 * left before, or is above the one that was open, whose tensors come first.
 */
function enter(open: Module[], name: string): boolean {
  let depth = 1
  let isNew = false
  for (let begin = 0; ; depth++) {
    const dot = name.indexOf('.', begin)
    if (dot < 0) break
    const segment = name.slice(begin, dot)
    const parent = open[depth - 1] as Module
    let module = parent.children.get(segment)
    if (module === undefined || module !== open[depth]) {
      if (module?.left) return false
      for (const closed of open.splice(depth)) closed.left = true
      module = { children: new Map(), left: false }
      parent.children.set(segment, module)
      open.push(module)
      isNew = true
    }
    begin = dot + 1
  }
  return isNew || depth === open.length
}
