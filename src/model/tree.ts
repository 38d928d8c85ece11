import { quoted, SdinspectError } from '../errors.ts'

/** A module of the tree that dotted names make. Tensors are given by their index in the list the tree was made of. */
export interface ModuleNode {
  /** Its position in `nodes`: what is computed for every module goes in an array, not in a Map. */
  readonly index: number
  /** Dotted; `''` for the root. */
  readonly path: string
  /** The last segment of the path. */
  readonly name: string
  readonly parent: ModuleNode | null
  /** Own tensors, in list order. */
  readonly tensors: number[]
  /** Child modules by name, in order of first appearance. */
  readonly children: ReadonlyMap<string, ModuleNode>
}

export interface ModuleTree {
  readonly root: ModuleNode
  /** Every module, parents before children. */
  readonly nodes: readonly ModuleNode[]
  /** By tensor index: the module that owns it. */
  readonly owners: readonly ModuleNode[]
  /** By tensor index: the last segment of its name. */
  readonly leaves: readonly string[]
  /** The module at a dotted path. */
  at(path: string): ModuleNode | undefined
}

/** A node while the tree grows. Most modules have no children, and a Map for each of a million is 200 MB. */
interface GrowingNode extends ModuleNode {
  children: Map<string, GrowingNode>
}
/** Stands for the children of every module without any; never written to. */
const childless: Map<string, GrowingNode> = new Map()

/** A model has a few hundred; a file of random names is not worth a map of them. */
const mostSharedLeaves = 4_096

/** The last segment of a dotted name: `weight` of `fc.weight`. */
export function leafName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

function tooMany(name: string, most: number): SdinspectError {
  return new SdinspectError(
    'limit/exceeded',
    `the names make more modules than the limit treeModules=${most}: ${quoted(name)} has ${name.split('.').length} segments`,
    { hint: `raise it with --limit treeModules=${most * 2} if you trust the file` },
  )
}

/**
 * The module tree of a list of dotted names. Linear in the total length of the names: a name of 100,000
 * segments makes 100,000 nodes whose paths are slices of it. Consecutive names mostly share a module, so the
 * walk starts from the previous name's node.
 *
 * @param most modules it may have
 * @throws SdinspectError `limit/exceeded` when it has more
 */
export function moduleTree(
  tensors: readonly { readonly name: string }[],
  most: number = Number.POSITIVE_INFINITY,
): ModuleTree {
  const root: GrowingNode = { index: 0, path: '', name: '', parent: null, tensors: [], children: childless }
  const nodes: GrowingNode[] = [root]
  const owners: ModuleNode[] = []
  const leaves: string[] = []
  // One string for all that are called `weight`: compared and looked up faster than as many copies.
  const shared = new Map<string, string>()
  let lastPath = ''
  let lastNode = root
  tensors.forEach((tensor, index) => {
    const name = tensor.name
    const dot = name.lastIndexOf('.')
    let node = root
    if (dot >= 0) {
      const path = name.slice(0, dot)
      if (path === lastPath && lastNode !== root) node = lastNode
      else {
        for (let begin = 0; begin <= dot; ) {
          const found = name.indexOf('.', begin)
          const segment = name.slice(begin, found)
          let child: GrowingNode | undefined = node.children.get(segment)
          if (child === undefined) {
            child = {
              index: nodes.length,
              path: name.slice(0, found),
              name: segment,
              parent: node,
              tensors: [],
              children: childless,
            }
            if (node.children === childless) node.children = new Map()
            node.children.set(segment, child)
            nodes.push(child)
            if (nodes.length > most) throw tooMany(name, most)
          }
          node = child
          begin = found + 1
        }
        lastPath = path
        lastNode = node
      }
    }
    node.tensors.push(index)
    owners.push(node)
    const leaf = name.slice(dot + 1)
    const known = shared.get(leaf)
    leaves.push(known ?? leaf)
    if (known === undefined && shared.size < mostSharedLeaves) shared.set(leaf, leaf)
  })
  return {
    root,
    nodes,
    owners,
    leaves,
    at(path) {
      if (path === '') return root
      let node: ModuleNode | undefined = root
      for (const segment of path.split('.')) {
        node = node.children.get(segment)
        if (node === undefined) return undefined
      }
      return node
    },
  }
}
