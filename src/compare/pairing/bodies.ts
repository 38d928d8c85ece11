import type { ComparedTensors } from '../compared-tensors.ts'

/** A module with all that is in it. Modules of nothing but one other are left out. */
export interface Body {
  /** Of its path, with numbers in segments of their own. */
  readonly segments: readonly string[]
  readonly numbers: readonly number[]
  readonly parent: Body | null
  readonly children: Body[]
  readonly own: { readonly leaf: string; readonly index: number; readonly shape: string }[]
  /** Tensors in all. */
  count: number
  /** Of one tensor of one dimension. */
  isVector: boolean
  /** The same for two that hold the same shapes. */
  content: string
  all(): Generator<number>
  below(): Generator<Body>
}

class Module implements Body {
  readonly segments: readonly string[]
  readonly numbers: readonly number[]
  parent: Body | null
  children: Module[] = []
  readonly own: Body['own'][number][] = []
  count = 0
  isVector = false
  content = ''
  sums: [number, number] = [0, 0]

  constructor(segments: readonly string[], parent: Body | null) {
    this.segments = segments
    this.numbers = segments.filter((segment) => isNumber(segment)).map(Number)
    this.parent = parent
  }

  *all(): Generator<number> {
    for (const { index } of this.own) yield index
    for (const body of this.below()) for (const { index } of body.own) yield index
  }

  *below(): Generator<Body> {
    const pending: Body[] = [...this.children]
    for (let body = pending.shift(); body !== undefined; body = pending.shift()) {
      yield body
      pending.push(...body.children)
    }
  }
}

const isNumber = (segment: string): boolean => /^\d{1,9}$/.test(segment)
const longestName = 1_000

/** The path of a body with `#` for numbers. */
export function templateOf({ segments }: Body): string {
  return segments.map((segment) => (isNumber(segment) ? '#' : segment)).join('.')
}

/** The modules of a state dict as a tree of bodies. */
export function bodiesOf(tensors: ComparedTensors): Body {
  const root = new Module([], null)
  const known = new Map<string, Module>([['', root]])
  for (let index = 0; index < tensors.length; index++) {
    const [name, shape] = [tensors.name(index), tensors.shape(index)]
    if (name.length > longestName) continue
    const parts = (name.includes('.') ? name.split('.') : name.split('/')).filter((part) => part !== '')
    const leaf = parts.pop() ?? ''
    const segments = parts.flatMap((part) => splitNumber(part))
    let module = root
    for (let length = 1; length <= segments.length; length++) {
      const path = segments.slice(0, length).join('.')
      let next = known.get(path)
      if (next === undefined) {
        next = new Module(segments.slice(0, length), module)
        known.set(path, next)
        module.children.push(next)
      }
      module = next
    }
    const text = shapeText(shape)
    module.own.push({ leaf, index, shape: text })
    const [x, y] = [hashOf(text, 0x811c9dc5), hashOf(text, 0x9e3779b1)]
    for (let at: Module | null = module; at !== null; at = at.parent as Module | null) {
      at.count++
      at.isVector = at.count === 1 && shape.length < 2
      at.sums = [(at.sums[0] + x) % 2 ** 32, (at.sums[1] + y) % 2 ** 32]
    }
  }
  for (const module of known.values()) module.content = `${module.count} ${module.sums.join(' ')}`
  collapse(root)
  return root
}

/** `layer1` is the first of a list, and so is `conv_1`. */
function splitNumber(segment: string): string[] {
  const parts = /^([A-Za-z][A-Za-z_]*?)_?(\d{1,4})$/.exec(segment)
  return parts === null ? [segment] : [parts[1] as string, parts[2] as string]
}

/** A kernel of one by one is none: libraries keep a projection as either. */
function shapeText(shape: readonly number[]): string {
  let end = shape.length
  while (end > 2 && shape[end - 1] === 1) end--
  return shape.slice(0, end).join('x')
}

function hashOf(text: string, seed: number): number {
  let hash = seed
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
    hash ^= hash >>> 13
  }
  return Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0
}

/** Takes modules of nothing but one other out of the tree: the inner one stays. */
function collapse(root: Module): void {
  const pending = [root]
  for (let module = pending.pop(); module !== undefined; module = pending.pop()) {
    const outer = module
    outer.children = outer.children.map((child) => {
      let inner = child
      while (inner.own.length === 0 && inner.children.length === 1) inner = inner.children[0] as Module
      inner.parent = outer
      return inner
    })
    pending.push(...outer.children)
  }
}
