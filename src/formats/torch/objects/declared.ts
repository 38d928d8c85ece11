import type { Declaration } from '../../../model/checkpoint.ts'
import type { FoundEntry, FoundStateDict, FoundValue } from './state-dicts.ts'

const ownerOf = (name: string) => name.slice(0, Math.max(name.lastIndexOf('.'), 0))

/** What a state dict's own records say of its entries. */
export function declaredBy(found: FoundStateDict): Map<string, Declaration> {
  return found.family === 'module' ? byModule(found.entries) : byRecords(found)
}

function byModule(entries: readonly FoundEntry[]): Map<string, Declaration> {
  const declarations = new Map<string, Declaration>()
  for (const { name, record, kind } of entries) {
    if (kind === undefined) continue
    declarations.set(name, {
      kind,
      // A buffer may require grad, and is not handed to the optimizer all the same.
      ...(kind === 'parameter' ? flagOf(record.requiresGrad) : {}),
      by: kind === 'parameter' ? "the pickled module's _parameters" : "the pickled module's _buffers",
    })
  }
  return declarations
}

function byRecords({ entries, values }: FoundStateDict): Map<string, Declaration> {
  const declarations = new Map<string, Declaration>()
  const packed = quantisedModules(entries, values)
  const lone = packed.size === 0 ? new Map<string, Declaration>() : loneQuantisers(entries)
  const keepsVars = isKeptLive(entries)
  for (const { name, record } of entries) {
    // A converted module of torch.ao writes what it has registered as nothing, its bias as a Parameter among it.
    const quantiser =
      lone.get(ownerOf(name)) ?? (packed.size > 0 && isInputQuantiser(name) ? input : undefined)
    if (quantiser !== undefined && !packed.has(ownerOf(name))) declarations.set(name, quantiser)
    else if (packed.has(ownerOf(name)))
      declarations.set(name, {
        kind: 'other',
        level: 'recognised',
        by: 'the layout of a quantised module of torch.ao',
      })
    else if (record.role === 'parameter')
      declarations.set(name, {
        kind: 'parameter',
        // `register_buffer` takes a Parameter as it takes any tensor, and its record is the same.
        level: 'recognised',
        ...flagOf(record.requiresGrad),
        ...(record.requiresGrad === false ? { requiresGradLevel: 'declared' } : {}),
        by: 'its Parameter record',
      })
    else if (record.role === 'buffer') declarations.set(name, { kind: 'buffer', by: 'its Buffer record' })
    else if (keepsVars)
      declarations.set(name, {
        kind: 'buffer',
        // A tensor that somebody put into the dict is a plain tensor too.
        level: 'recognised',
        by: 'its record, a plain tensor where parameters are Parameter records,',
      })
    else if (record.requiresGrad === true)
      declarations.set(name, { requiresGrad: true, level: 'recognised', by: 'its tensor record' })
  }
  return declarations
}

function flagOf(requiresGrad: boolean | null): { readonly requiresGrad?: boolean } {
  return requiresGrad === null ? {} : { requiresGrad }
}

/** Modules of torch.ao, which have a scale of their own: what they write is neither their parameters nor their buffers. */
function quantisedModules(entries: readonly FoundEntry[], values: readonly FoundValue[]): Set<string> {
  const scaled = new Set<string>()
  for (const { name } of entries) if (/(^|\.)scale$/.test(name)) scaled.add(ownerOf(name))
  const modules = new Set<string>()
  for (const { name, record } of entries) {
    const owner = ownerOf(name)
    if (/^Q(I|U)/.test(record.dtype ?? '') && scaled.has(owner)) modules.add(owner)
  }
  for (const { name } of values) {
    const owner = /^(.*?)(?:^|\.)_packed_params\._packed_params$/.exec(name)?.[1]
    if (owner !== undefined) modules.add(owner)
  }
  return modules
}

const input: Declaration = {
  kind: 'buffer',
  level: 'recognised',
  by: 'the name that torch.fx gives a buffer of a quantised model',
}

/** `conv_input_scale_0` (torch/ao/quantization/fx/convert.py). */
function isInputQuantiser(name: string): boolean {
  return /(^|[._])(scale|zero_point)_\d+$/.test(name)
}

/**
 * Modules of nothing but a scale and a zero point, in a model with quantised modules: of one element each they are
 * buffers (torch/ao/nn/quantized/modules/__init__.py, `Quantize`); numbers are what `QFunctional` writes of its attributes.
 */
function loneQuantisers(entries: readonly FoundEntry[]): Map<string, Declaration> {
  const modules = new Map<string, FoundEntry[]>()
  for (const entry of entries) {
    const owner = ownerOf(entry.name)
    const own = modules.get(owner)
    if (own === undefined) modules.set(owner, [entry])
    else if (own.length <= 2) own.push(entry)
  }
  const found = new Map<string, Declaration>()
  for (const [owner, own] of modules) {
    const [scale, zeroPoint] = own
    if (own.length !== 2 || !scale?.name.endsWith('scale') || !zeroPoint?.name.endsWith('zero_point'))
      continue
    if (scale.record.dtype !== 'F32' || zeroPoint.record.dtype !== 'I64') continue
    const lengths = [...scale.record.shape, ...zeroPoint.record.shape]
    if (lengths.length === 0)
      found.set(owner, { kind: 'other', level: 'recognised', by: 'the layout of QFunctional of torch.ao' })
    else if (lengths.length === 2 && lengths.every((length) => length === 1))
      found.set(owner, { kind: 'buffer', level: 'recognised', by: 'the layout of Quantize of torch.ao' })
  }
  return found
}

/**
 * Whether this is `state_dict(keep_vars=True)` as it was made: parameters are Parameters, and within each
 * module they come first. A dict that somebody put a Parameter into does not look so.
 */
function isKeptLive(entries: readonly FoundEntry[]): boolean {
  let parameters = 0
  const plainIn = new Set<string>()
  const parametersIn = new Set<string>()
  for (const { name, record } of entries) {
    const owner = ownerOf(name)
    if (record.role === 'parameter') {
      if (plainIn.has(owner)) return false
      parameters++
      parametersIn.add(owner)
    } else if (record.role === 'tensor') plainIn.add(owner)
  }
  const alone = [...plainIn].filter((owner) => !parametersIn.has(owner)).length
  return parameters > 0 && 2 * parameters >= entries.length && 4 * alone <= parametersIn.size
}
