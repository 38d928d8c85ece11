import type { EntryReport } from '../../model/entries.ts'
import { leafName } from '../../model/modules/tree.ts'
import type { StateDictReport } from '../../model/report.ts'
import type { SavedAs } from '../../model/saved-as.ts'
import { sameShape } from '../../model/tensors/shape.ts'

// What modules of torch do with a checkpoint before their entries are compared with it, or in place of that. A state
// dict does not say of which class its modules are: what they keep does.

/** The keys of the checkpoint, as rules see and change them. `made`: the module makes the value itself. */
export type Given = Map<string, EntryReport | 'made'>

/** A load as it goes on. */
export interface Loading {
  readonly given: Given
  readonly missing: string[]
  /** Keys that a module fills in itself. */
  readonly filled: string[]
  /** Lines of torch's message that are neither missing, unexpected nor copies. */
  tell(line: string): void
  /** Ends the load: torch raises this at once. */
  raise(type: string, message: string): void
  /** What cannot be said, by the name of an entry. */
  doubt(name: string): void
  /** The version of a module in the `_metadata` of the checkpoint; null for none. */
  version(module: string): number | null
}

/** How one module of the model takes a checkpoint. */
export interface ModuleRule {
  /** Before its own entries are compared. */
  readonly before?: (loading: Loading) => void
  /** Own entries that are taken without comparing their shapes. */
  readonly takesAnyShape?: ReadonlySet<string>
  /** Own entries that become what they are given, without a copy. */
  readonly takesAnything?: ReadonlySet<string>
  /** Own entries that the rule has seen to: they are not compared. */
  readonly seenTo?: ReadonlySet<string>
  /**
   * It reports no missing and no unexpected keys of its own: it loads itself with `strict=False`. `perhaps`: another class
   * that keeps the same reports them.
   */
  readonly isQuiet?: true | 'perhaps'
}

/** A module of the model: its path with a dot at the end, and what it owns by the last segments of the names. */
interface Owner {
  readonly module: string
  readonly prefix: string
  readonly leaves: ReadonlyMap<string, EntryReport>
  /** Names of all entries of the model. */
  readonly has: (name: string) => boolean
}

/** Recognises a class by what a module owns; null where it is not one of it. */
type Recognise = (owner: Owner) => ModuleRule | null

/** Last segments that modules have which do something of their own when they are loaded. */
export const leafThatTells =
  /^(?:original0|num_batches_tracked|.+_orig|dtype|_packed_params|_packed_weight(?:_ih|_hh)?|param|_all_weight_values|scale|min_val|fake_quant_enabled|gamma|weight_fake_quant)$/

/** The rules of the modules of a model, by path. Linear in the names. */
export function moduleRules(
  entries: readonly EntryReport[],
  names: ReadonlySet<string>,
): ReadonlyMap<string, ModuleRule> {
  const owners = new Map<string, Map<string, EntryReport>>()
  const each = (visit: (module: string, leaf: string, entry: EntryReport) => void) => {
    for (const entry of entries) {
      const { name } = entry.tensor ?? entry.value
      const leaf = leafName(name)
      visit(name.slice(0, Math.max(0, name.length - leaf.length - 1)), leaf, entry)
    }
  }
  each((module, leaf) => {
    if (leafThatTells.test(leaf) && !owners.has(module)) owners.set(module, new Map())
  })
  if (owners.size > 0) each((module, leaf, entry) => owners.get(module)?.set(leaf, entry))
  const rules = new Map<string, ModuleRule>()
  for (const [module, leaves] of owners) {
    const owner = {
      module,
      prefix: module === '' ? '' : `${module}.`,
      leaves,
      has: (name: string) => names.has(name),
    }
    for (const recognise of recognisers) {
      const rule = recognise(owner)
      if (rule === null) continue
      // What a parametrization takes, the module around it does.
      const at = recognise === weightNorm ? module.replace(/(?:^|\.)parametrizations\.[^.]+$/, '') : module
      const known = rules.get(at)
      rules.set(at, known === undefined ? rule : both(known, rule))
      break
    }
  }
  return rules
}

function both(a: ModuleRule, b: ModuleRule): ModuleRule {
  return {
    before: (loading) => {
      a.before?.(loading)
      b.before?.(loading)
    },
    takesAnyShape: new Set([...(a.takesAnyShape ?? []), ...(b.takesAnyShape ?? [])]),
    takesAnything: new Set([...(a.takesAnything ?? []), ...(b.takesAnything ?? [])]),
    seenTo: new Set([...(a.seenTo ?? []), ...(b.seenTo ?? [])]),
    ...(a.isQuiet === true || b.isQuiet === true ? { isQuiet: true } : {}),
  }
}

const shapeOf = (entry: EntryReport | 'made' | undefined): readonly number[] | null =>
  entry === undefined || entry === 'made' ? null : (entry.tensor?.shape ?? null)

/** torch/nn/utils/parametrizations.py, `_weight_norm_compat_hook`: takes the names of the older weight norm. */
const weightNorm: Recognise = ({ module, prefix, leaves }) => {
  const parametrized = /^(?:(.*)\.)?parametrizations\.([^.]+)$/.exec(module)
  const [g, v] = [shapeOf(leaves.get('original0')), shapeOf(leaves.get('original1'))]
  if (parametrized === null || leaves.size !== 2 || g === null || v === null) return null
  const isNorm =
    g.length === 0 ||
    (g.length === v.length && g.filter((size, i) => size !== 1 && size !== v[i]).length === 0)
  if (!isNorm) return null
  const around = parametrized[1] === undefined ? '' : `${parametrized[1]}.`
  const name = around + parametrized[2]
  return {
    before: ({ given }) => {
      const [oldG, oldV] = [given.get(`${name}_g`), given.get(`${name}_v`)]
      if (oldG === undefined || oldV === undefined) return
      given.delete(`${name}_g`)
      given.delete(`${name}_v`)
      given.set(`${prefix}original0`, oldG)
      given.set(`${prefix}original1`, oldV)
    },
  }
}

/** torch/nn/modules/batchnorm.py: version 2 brought a counter, which is filled in for older checkpoints. */
const batchNorm: Recognise = ({ module, prefix, leaves }) => {
  if (!leaves.has('num_batches_tracked') || !leaves.has('running_mean')) return null
  const counter = `${prefix}num_batches_tracked`
  return {
    before: ({ given, filled, version }) => {
      const known = version(module)
      if ((known !== null && known >= 2) || given.has(counter)) return
      given.set(counter, 'made')
      filled.push(counter)
    },
  }
}

/** torch/nn/utils/spectral_norm.py: makes the second vector for checkpoints of before version 1. */
const spectralNorm: Recognise = ({ prefix, leaves }) => {
  const names = [...leaves.keys()].flatMap((leaf) => {
    const name = leaf.endsWith('_orig') ? leaf.slice(0, -'_orig'.length) : ''
    return name !== '' && leaves.has(`${name}_u`) && leaves.has(`${name}_v`) && !leaves.has(name)
      ? [name]
      : []
  })
  if (names.length === 0) return null
  return {
    before: (loading) => {
      for (const name of names) {
        const key = prefix + name
        const has = (suffix: string) => loading.given.has(key + suffix)
        if (loading.version(`spectral norm of ${key}`) !== null) continue
        if (has('_orig') && has('_u') && has('_v') && !has('')) continue
        const lacks = ['_orig', '', '_u'].filter((suffix) => !has(suffix))
        for (const suffix of lacks) loading.missing.push(key + suffix)
        if (lacks.length > 0) continue
        const [orig, weight] = [loading.given.get(`${key}_orig`), loading.given.get(key)]
        // It computes with them before any shape is compared.
        const own = leaves.get(`${name}_orig`)
        const fits = [orig, weight].every((one) => sameShape(shapeOf(one) ?? [-1], shapeOf(own) ?? [-2]))
        if (!fits) loading.doubt(`${key}_orig`)
        loading.given.delete(key)
        loading.given.set(`${key}_v`, 'made')
      }
    },
  }
}

/** Takes keys as Python takes items of a dict: what is not there ends the load. */
function taking(prefix: string, leaves: readonly string[], loading: Loading, check = true): boolean {
  for (const leaf of leaves) {
    const key = prefix + leaf
    const value = loading.given.get(key)
    if (value === undefined) {
      loading.raise('KeyError', `'${key}'`)
      return false
    }
    // `float()` and `int()` of them: what comes of texts and lists is theirs to say.
    if (check && (leaf === 'scale' || leaf === 'zero_point')) {
      if (value !== 'made' && value.tensor?.representation?.kind === 'meta') {
        loading.raise('RuntimeError', 'Tensor.item() cannot be called on meta tensors')
        return false
      }
      const shape = shapeOf(value)
      if (shape === null || shape.some((size) => size !== 1)) loading.doubt(key)
    }
    loading.given.delete(key)
  }
  return true
}

const keysOf = (prefix: string, leaves: readonly string[]) => new Set(leaves.map((leaf) => prefix + leaf))

/** torch/ao/nn/quantized/modules/linear.py, `LinearPackedParams` and `Linear`. */
const packedLinear: Recognise = ({ module, prefix, leaves }) => {
  if (leaves.size !== 2 || !leaves.has('dtype') || !leaves.has('_packed_params')) return null
  return {
    isQuiet: true,
    seenTo: keysOf(prefix, ['dtype', '_packed_params']),
    before: (loading) => {
      const version = loading.version(module) ?? 0
      if (version >= 2 && !taking(prefix, ['dtype'], loading)) return
      if (version < 3) {
        if (!taking(prefix, ['weight', 'bias'], loading)) return
        loading.doubt(`${prefix}_packed_params`)
      } else if (version === 3) {
        const packed = loading.given.get(`${prefix}_packed_params`)
        if (taking(prefix, ['_packed_params'], loading) && !isPair(packed))
          loading.doubt(`${prefix}_packed_params`)
      }
    },
  }
}

const isPair = (packed: EntryReport | 'made' | undefined): boolean =>
  packed !== undefined && packed !== 'made' && packed.value?.type === 'tuple'

const quantisedLinear: Recognise = ({ module, prefix, leaves, has }) => {
  if (!leaves.has('scale') || !has(`${prefix}_packed_params._packed_params`)) return null
  return {
    isQuiet: true,
    seenTo: keysOf(prefix, ['scale', 'zero_point']),
    before: (loading) => {
      if (!taking(prefix, ['scale', 'zero_point'], loading)) return
      const version = loading.version(module)
      if (version !== null && version !== 1) return
      for (const leaf of ['weight', 'bias']) {
        const value = loading.given.get(prefix + leaf)
        if (!taking(prefix, [leaf], loading)) return
        if (value !== undefined) loading.given.set(`${prefix}_packed_params.${leaf}`, value)
      }
    },
  }
}

/** torch/ao/nn/quantized/modules/conv.py: any shape of weight is packed. */
const quantisedConvolution: Recognise = ({ prefix, leaves }) => {
  const weight = leaves.get('weight')?.tensor
  if (!leaves.has('scale') || !leaves.has('zero_point') || !leaves.has('bias')) return null
  if (weight === undefined || weight.shape.length < 3 || weight.representation?.kind !== 'quantised')
    return null
  const own = ['weight', 'bias', 'scale', 'zero_point']
  return {
    isQuiet: true,
    seenTo: keysOf(prefix, own),
    before: (loading) => {
      const given = loading.given.get(`${prefix}weight`)
      const bias = loading.given.get(`${prefix}bias`)
      if (!taking(prefix, ['weight', 'bias'], loading)) return
      // What is packed has to be quantised, in a way that packing knows.
      const tensor = given === undefined || given === 'made' ? undefined : given.tensor
      const isPackable =
        tensor?.representation?.kind === 'quantised' &&
        tensor.dtype === weight.dtype &&
        tensor.shape.length === weight.shape.length
      // A bias is packed with a weight of as many channels.
      const ownBias = shapeOf(leaves.get('bias'))
      const hasBias =
        bias !== undefined &&
        bias !== 'made' &&
        (bias.value?.type === 'NoneType' ||
          (bias.tensor?.dtype === 'F32' &&
            bias.tensor.representation?.kind !== 'meta' &&
            (ownBias === null ? bias.tensor.shape.length === 1 : sameShape(bias.tensor.shape, ownBias))))
      if (!isPackable || !hasBias) loading.doubt(`${prefix}weight`)
      taking(prefix, ['scale', 'zero_point'], loading)
    },
  }
}

/** torch/ao/nn/quantized/modules/embedding_ops.py, `EmbeddingPackedParams`. */
const packedEmbedding: Recognise = ({ prefix, leaves }) => {
  if (leaves.size !== 2 || !leaves.has('dtype') || !leaves.has('_packed_weight')) return null
  return {
    isQuiet: true,
    seenTo: keysOf(prefix, ['dtype', '_packed_weight']),
    before: (loading) => {
      const [dtype, weight] = [
        loading.given.get(`${prefix}dtype`),
        loading.given.get(`${prefix}_packed_weight`),
      ]
      if (!taking(prefix, ['dtype', '_packed_weight'], loading)) return
      const tensor = weight === undefined || weight === 'made' ? undefined : weight.tensor
      const isType = dtype !== undefined && dtype !== 'made' && dtype.value?.type === 'torch.dtype'
      if (tensor?.representation?.kind !== 'quantised' || !isType) loading.doubt(`${prefix}_packed_weight`)
    },
  }
}

/**
 * torch/ao/nn/quantized/modules/functional_modules.py: two numbers, where a `Quantize` has two lists of one. Quantised
 * activations (modules/activation.py) keep the same two as buffers, without rules of their own: what only one of
 * them takes is not known.
 */
const quantisedFunctions: Recognise = ({ prefix, leaves }) => {
  if (leaves.size !== 2 || !leaves.has('zero_point')) return null
  if (!sameShape(shapeOf(leaves.get('scale')) ?? [-1], [])) return null
  const own = ['scale', 'zero_point']
  return {
    isQuiet: 'perhaps',
    seenTo: keysOf(prefix, own),
    before: (loading) => {
      for (const leaf of own) {
        const value = loading.given.get(prefix + leaf)
        const isNumber =
          value !== undefined &&
          value !== 'made' &&
          sameShape(shapeOf(value) ?? [-1], []) &&
          (value.tensor?.representation === undefined || value.tensor.representation.kind === 'sparse')
        if (!isNumber) loading.doubt(prefix + leaf)
        else loading.given.delete(prefix + leaf)
      }
    },
  }
}

/** torch/ao/nn/quantized/dynamic/modules/rnn.py: layers are packed one by one, and taken as Python takes items of a dict. */
const packedLayer: Recognise = ({ module, prefix, leaves }) => {
  if (leaves.size !== 1 || !leaves.has('param') || !/(?:^|\.)_all_weight_values\.\d+$/.test(module))
    return null
  return packedRule(prefix, ['param'], leaves)
}

const packedCell: Recognise = ({ prefix, leaves }) =>
  leaves.has('_packed_weight_ih') && leaves.has('_packed_weight_hh')
    ? packedRule(prefix, ['_packed_weight_ih', '_packed_weight_hh'], leaves)
    : null

function packedRule(
  prefix: string,
  own: readonly string[],
  leaves: ReadonlyMap<string, EntryReport>,
): ModuleRule {
  return {
    isQuiet: true,
    seenTo: keysOf(prefix, own),
    before: (loading) => {
      for (const leaf of own) {
        const given = loading.given.get(prefix + leaf)
        if (!taking(prefix, [leaf], loading)) return
        const [is, was] = [given === 'made' ? undefined : given?.value?.type, leaves.get(leaf)?.value?.type]
        if (is !== was) loading.doubt(prefix + leaf)
      }
    },
  }
}

/** torch/ao/quantization/fake_quantize.py: resizes both to what it is given, and tells twice what it is not given. */
const fakeQuantiser: Recognise = ({ prefix, leaves }) => {
  if (!leaves.has('fake_quant_enabled') || !leaves.has('scale') || !leaves.has('zero_point')) return null
  const own = ['scale', 'zero_point']
  return { takesAnyShape: keysOf(prefix, own), before: (loading) => tellMissing(prefix, own, loading) }
}

function tellMissing(prefix: string, leaves: readonly string[], loading: Loading): void {
  for (const leaf of leaves) {
    const value = loading.given.get(prefix + leaf)
    if (value === undefined) loading.missing.push(prefix + leaf)
    // It asks for the shape before it asks whether it is a tensor.
    else if (shapeOf(value) === null && value !== 'made') loading.doubt(prefix + leaf)
  }
}

/** torch/ao/quantization/observer.py. */
const observer: Recognise = ({ module, prefix, leaves }) => {
  if (!leaves.has('eps') || !leaves.has('min_val') || !leaves.has('max_val')) return null
  const own = ['min_val', 'max_val']
  const fillEps = ({ given, version }: Loading) => {
    const known = version(module)
    if (known === null || known === 1) given.set(`${prefix}eps`, 'made')
  }
  const takesAnyShape = keysOf(prefix, own)
  // It puts what it is given in the place of its own, whatever that is.
  if (leaves.has('histogram'))
    return {
      takesAnything: takesAnyShape,
      before: (loading) => {
        tellMissing(prefix, own, loading)
        fillEps(loading)
      },
    }
  const isPerChannel = shapeOf(leaves.get('min_val'))?.length === 1
  if (!isPerChannel) return { before: fillEps }
  return {
    takesAnyShape,
    isQuiet: true,
    before: (loading) => {
      const version = loading.version(module)
      tellMissing(prefix, version !== null && version < 3 ? ['min_vals', 'max_vals'] : own, loading)
      fillEps(loading)
    },
  }
}

/** torch/ao/nn/intrinsic/qat/modules/conv_fused.py: the batch norm was part of the module before version 2. */
function fusedRule(module: string, prefix: string): ModuleRule {
  const old = [
    ['bn.weight', 'gamma'],
    ['bn.bias', 'beta'],
    ['bn.running_mean', 'running_mean'],
    ['bn.running_var', 'running_var'],
    ['bn.num_batches_tracked', 'num_batches_tracked'],
  ] as const
  return {
    before: ({ given, missing, version }) => {
      const known = version(module)
      if (known !== null && known !== 1) return
      for (const [now, before] of old) {
        const value = given.get(prefix + before)
        if (value !== undefined) {
          given.delete(prefix + before)
          given.set(prefix + now, value)
        } else if (!given.has(prefix + now)) missing.push(prefix + now)
      }
    },
  }
}

/** The surest first. */
const recognisers: readonly Recognise[] = [
  weightNorm,
  batchNorm,
  spectralNorm,
  packedLinear,
  packedEmbedding,
  packedLayer,
  packedCell,
  quantisedLinear,
  quantisedConvolution,
  fakeQuantiser,
  observer,
  quantisedFunctions,
]

/**
 * Modules that fuse a convolution with a batch norm own a weight like any other: they are found by what is inside. Those
 * that fuse a linear layer came later, and have no older form.
 */
export function fusedRules(
  entries: readonly EntryReport[],
  names: ReadonlySet<string>,
): ReadonlyMap<string, ModuleRule> {
  const rules = new Map<string, ModuleRule>()
  const inside = 'weight_fake_quant.fake_quant_enabled'
  const prefixes = new Set<string>()
  for (const name of names) if (name.endsWith(inside)) prefixes.add(name.slice(0, -inside.length))
  if (prefixes.size === 0) return rules
  for (const { tensor } of entries) {
    if (tensor === undefined || leafName(tensor.name) !== 'weight' || tensor.shape.length < 3) continue
    const prefix = tensor.name.slice(0, -'weight'.length)
    const module = prefix.slice(0, -1)
    if (prefixes.has(prefix) && names.has(`${prefix}bn.running_mean`))
      rules.set(module, fusedRule(module, prefix))
  }
  return rules
}

/** torch/ao/nn/quantized/dynamic/modules/rnn.py: what holds packed layers reports no keys of its own. */
export function packedRecurrentRules(names: ReadonlySet<string>): ReadonlyMap<string, ModuleRule> {
  const rules = new Map<string, ModuleRule>()
  const inside = '_all_weight_values.0.param'
  for (const name of names) {
    const prefix = name.endsWith(inside) ? name.slice(0, -inside.length) : null
    if (prefix === '' || prefix?.endsWith('.')) rules.set(prefix.slice(0, -1), { isQuiet: true })
  }
  return rules
}

/**
 * Versions as the `_metadata` of a checkpoint gives them.
 *
 * @param owns whether the checkpoint has entries of a module
 */
export function versionsOf(
  savedAs: SavedAs | undefined,
  owns: (module: string) => boolean,
): (module: string) => number | null {
  const { versions, spectralNorms } = savedAs ?? {}
  if (versions === undefined) return () => null
  const known = new Map<string, number | null>()
  for (const { version, modules } of versions) for (const module of modules) known.set(module, version)
  for (const weight of spectralNorms ?? []) known.set(`spectral norm of ${weight}`, 1)
  return (module) => {
    if (module.startsWith('spectral norm of ')) return known.get(module) ?? null
    // Those that are not listed have version 1, or are no modules of the checkpoint.
    const version = known.get(module)
    return version === undefined ? (owns(module) ? 1 : null) : version
  }
}

/** Paths of the modules of version 2: what has norms with statistics in it, of which a state dict may show nothing. */
export function normsOf({ savedAs }: Pick<StateDictReport, 'savedAs'>): ReadonlySet<string> | null {
  if (savedAs?.versions === undefined) return null
  return new Set(savedAs.versions.flatMap(({ version, modules }) => (version === 2 ? modules : [])))
}
