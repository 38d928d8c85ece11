import type { ModuleNode, ModuleTree } from '../model/modules/tree.ts'
import type { Answer, Kind, Trainable } from '../model/verdict.ts'
import { ModuleView } from './module-view.ts'
import type { OwnTensor, ShownTensor } from './own-tensors.ts'
import { packedLayouts } from './quantised/index.ts'
import { quantisationMarker } from './quantised/marker.ts'
import { isUnknown, Orphans } from './quantised/orphans.ts'
import { type Companion, isPlainFloat, type PackedSet, type Reading } from './quantised/packed.ts'
import { settingsOf } from './quantised/settings.ts'
import { type Placed, settled } from './quantised/settle.ts'
import type { Claims, EvidenceSource, Subject } from './source.ts'

const source = 'quantised'
/** Leaves that mark or scale what is quantised elsewhere: no weights, wherever they stand. */
const strays = new Set([
  'scaled_fp8',
  'comfy_quant',
  'k_scale',
  'v_scale',
  'q_scale',
  'kv_scale',
  'qscale_act',
])

/** Quantised layouts: which tensors are packed weights, which bookkeeping, and how many weights stand behind them. */
export const quantised: EvidenceSource = {
  id: source,
  title: 'A quantised layout',
  collect(subject, claims) {
    if (quantisationMarker(subject) === null) return
    const settings = settingsOf(subject)
    const layouts = packedLayouts(subject)
    const taken = new Set<number>()
    const placed: Placed[] = []
    const modules = new Map<string, number>()
    const { tree, table } = subject
    const { statedShapes } = subject.stateDict.facts
    const stated = (own: OwnTensor | undefined) =>
      own === undefined ? undefined : statedShapes?.get(table.name(own.index))
    for (let index = 0; index < tree.size; index++) {
      if (tree.ownCount(index) === 0) continue
      const view = new ModuleView(subject, index)
      if (!mayBePacked(view)) continue
      const node = tree.node(index)
      const module = { view, settings: settings.of(node.path), stated }
      for (const layout of layouts) {
        let isOf = false
        for (const set of layout.sets(module)) {
          if (taken.has(set.weight.index)) continue
          isOf = true
          taken.add(set.weight.index)
          placed.push({ set: withoutTaken(set, taken), node })
        }
        if (isOf) modules.set(layout.id, (modules.get(layout.id) ?? 0) + 1)
      }
    }
    const lengths = plainLengths(subject)
    for (const { set } of placed) if (set.gets !== undefined) lengths.add(set.gets)
    const readings = settled(placed, lengths)
    for (const { set, node, reading, scheme } of complete(subject, placed, readings, taken)) {
      claimWeight(claims, set, scheme, reading, node.path)
      for (const { own, kind, trainable = 'no' } of set.companions) {
        say(claims, own, kind, trainable, `bookkeeping of a ${scheme} layer`, set.level)
        claims.quantised(own.index, scheme, 0)
      }
      for (const { own, kind, trainable = 'no' } of set.plain ?? []) {
        const reason =
          kind === 'buffer' ? `a ${scheme} layer registers its bias as a buffer` : `bias of a ${scheme} layer`
        say(claims, own, kind, trainable, reason, set.level)
        if (kind !== 'parameter') claims.quantised(own.index, scheme, own.tensor.elements)
      }
      const shape = reading?.shape
      if (set.classes !== undefined)
        claims.module(
          node,
          set.classes.map((name) => `${name} (${scheme})`),
          shape?.length === 2 ? `${shape[1]}→${shape[0]}` : '',
          'recognised',
        )
    }
    claimStrays(subject, claims, taken)
    for (const [id, count] of modules)
      claims.note(`${count} ${count === 1 ? 'module' : 'modules'} quantised (${id})`)
  },
}

/** Whether the module has anything a packed weight is made of: most modules of a model do not. */
function mayBePacked(view: ModuleView): boolean {
  for (const { tensor } of view.own.values()) if (!isPlainFloat(tensor.dtype)) return true
  return !view.isLeaf && ['weight', '_data', 'centroids'].some((name) => view.child(name) !== undefined)
}

interface Settled extends Placed {
  readonly reading: Reading | null
  /** With its bits. */
  readonly scheme: string
}

/** The packed weights as they were settled, and those whose companions are gone as the others of their name are. */
function* complete(
  subject: Subject,
  placed: readonly Placed[],
  readings: ReadonlyMap<PackedSet, Reading | null>,
  taken: Set<number>,
): Iterable<Settled> {
  const { tree, table } = subject
  const orphans = new Orphans(placed, readings, (index) => table.name(index))
  const orphanAt = (own: OwnTensor, node: ModuleNode): PackedSet | null =>
    orphans.setOf(own, (below) => hasTensor(tree, node.index, below))
  for (const { set, node } of placed) {
    const orphan = isUnknown(set) ? orphanAt(set.weight, node) : null
    const best = orphan === null ? set : { ...orphan, companions: set.companions }
    const reading = orphan === null ? (readings.get(set) ?? null) : (orphan.readings[0] ?? null)
    yield { set: best, node, reading, scheme: named(best, reading) }
  }
  for (let index = 0; index < table.length; index++) {
    if (taken.has(index)) continue
    const own = ownTensor(subject, index)
    const node = tree.node(tree.owners[index] as number)
    const set = orphanAt(own, node)
    if (set === null) continue
    taken.add(index)
    const reading = set.readings[0] ?? null
    yield { set, node, reading, scheme: named(set, reading) }
  }
}

function ownTensor({ table, tree }: Subject, index: number): OwnTensor {
  const shown = { dtype: table.dtype(index), shape: table.shape(index) }
  return {
    leaf: tree.leafOf(index),
    index,
    tensor: { ...shown, elements: table.elements(index), bytes: table.bytes(index) },
  }
}

/** Whether there is a tensor of this dotted name below a module. */
function hasTensor(tree: ModuleTree, module: number, below: string): boolean {
  const names = below.split('.')
  const leaf = tree.segments.idOf(names.pop() as string)
  let owner = module
  for (const name of names) {
    owner = tree.childNamed(owner, name)
    if (owner < 0) return false
  }
  return tree.ownOf(owner).some((tensor) => tree.leaves[tensor] === leaf)
}

/** The set with what is of no other set yet; what it takes is noted. */
function withoutTaken(set: PackedSet, taken: Set<number>): PackedSet {
  const free = (companions: readonly Companion[]) =>
    companions.filter(({ own }) => {
      if (taken.has(own.index)) return false
      taken.add(own.index)
      return true
    })
  return {
    ...set,
    companions: free(set.companions),
    ...(set.plain === undefined ? {} : { plain: free(set.plain) }),
  }
}

function claimWeight(
  claims: Claims,
  set: PackedSet,
  scheme: string,
  reading: Reading | null,
  path: string,
): void {
  say(claims, set.weight, set.kind, set.trainable, `packed weight of a ${scheme} layer`, set.level)
  const prefix = path === '' ? '' : `${path}.`
  const missing = (set.missing ?? []).map((leaf) => prefix + leaf)
  claims.quantised(set.weight.index, scheme, reading?.elements ?? null, {
    ...(reading?.shape === undefined ? {} : { logicalShape: reading.shape }),
    ...(reading === null ? { leastElements: set.least } : {}),
    ...(missing.length === 0 ? {} : { missing }),
  })
}

/** `GPTQ 4-bit`: with the bits where the name does not say them. */
function named(set: PackedSet, reading: Reading | null): string {
  if (reading === null || /[0-9]/.test(set.scheme)) return set.scheme
  return `${set.scheme} ${Number(reading.bits.toFixed(2))}-bit`
}

/** Lengths that the model's own vectors and its plain embeddings have: what the inputs of its layers are. */
function plainLengths({ table, tree }: Subject): Set<number> {
  const lengths = new Set<number>()
  for (let index = 0; index < table.length; index++) {
    const leaf = tree.leafOf(index)
    if ((leaf !== 'weight' && leaf !== 'scale') || !isPlainFloat(table.dtype(index))) continue
    const shape = table.shape(index)
    if (shape.length === 1) lengths.add(shape[0] as number)
    else if (shape.length === 2 && leaf === 'weight') lengths.add(shape[1] as number)
  }
  return lengths
}

/** Markers, scales of caches and lone block exponents: never weights. */
function claimStrays(subject: Subject, claims: Claims, taken: ReadonlySet<number>): void {
  const { table, tree } = subject
  for (let index = 0; index < table.length; index++) {
    const isExponent = table.dtype(index) === 'F8_E8M0'
    if (taken.has(index) || !(isExponent || strays.has(tree.leafOf(index)))) continue
    const own = ownTensor(subject, index)
    if (!isExponent && !isSmall(own.tensor)) continue
    say(claims, own, 'buffer', 'no', 'a marker or a scale of a quantised layout', 'assumed')
    claims.quantised(index, 'quantised', 0)
  }
}

function isSmall(tensor: ShownTensor): boolean {
  return tensor.shape.length <= 1 || tensor.elements <= 1_024
}

const cache = new Map<string, Answer<string>>()

function say(
  claims: Claims,
  own: OwnTensor,
  kind: Kind,
  trainable: Trainable | null,
  reason: string,
  level: 'recognised' | 'assumed' = 'recognised',
): void {
  claims.kind(own.index, shared(kind, reason, level))
  // That nothing packed trains is sure, however its producer registers it.
  if (trainable !== null) claims.trainable(own.index, shared(trainable, reason, 'recognised'))
}

function shared<T extends string>(answer: T, reason: string, level: 'recognised' | 'assumed'): Answer<T> {
  const key = `${answer} ${level} ${reason}`
  let made = cache.get(key) as Answer<T> | undefined
  if (made === undefined) {
    made = { answer, level, reason, source }
    cache.set(key, made)
  }
  return made
}
