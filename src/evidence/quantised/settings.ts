import type { Plain, PlainMap } from '../../model/checkpoint.ts'
import type { Subject } from '../source.ts'

/** What the configuration says of one module: a hint that the shapes have to agree with. */
export interface ModuleSettings {
  /** `gptq`, `compressed-tensors`; null where no configuration is there. */
  readonly method: string | null
  readonly bits: number | null
  /** null where it is not said; -1 is one group a row. */
  readonly group: number | null
  /** MLX: `affine`, `mxfp4`. Comfy: the format of the module. */
  readonly mode: string | null
  /** Whether inputs are quantised with a scale that is stored: a layer needs it then. */
  readonly storesInputScale: boolean
}

const noSettings: ModuleSettings = {
  method: null,
  bits: null,
  group: null,
  mode: null,
  storesInputScale: false,
}

/** The quantisation settings beside the weights, wherever the producer puts them. */
function quantisationConfig({ checkpoint }: Subject): PlainMap | null {
  const { config, quantizeConfig } = checkpoint.side
  const text = mapOf(config?.get('text_config'))
  for (const candidate of [
    config?.get('quantization_config'),
    config?.get('compression_config'),
    config?.get('quantization'),
    text?.get('quantization_config'),
    text?.get('quantization'),
    quantizeConfig,
  ]) {
    const found = mapOf(candidate)
    if (found !== null) return found
  }
  return null
}

const made = new WeakMap<Subject, QuantisationSettings>()

/** The settings of a checkpoint, read once: what marks it as quantised and what reads its layouts ask for them. */
export function settingsOf(subject: Subject): QuantisationSettings {
  const settings = made.get(subject) ?? new QuantisationSettings(subject)
  made.set(subject, settings)
  return settings
}

/** Settings of any module of a checkpoint. Patterns of the file are not run: where they decide, nothing is said. */
class QuantisationSettings {
  readonly #config: PlainMap | null
  readonly #global: ModuleSettings
  readonly #comfy: ReadonlyMap<string, string>

  constructor(subject: Subject) {
    this.#config = quantisationConfig(subject)
    this.#global = this.#config === null ? noSettings : globalOf(this.#config)
    this.#comfy = comfyLayers(subject)
  }

  /** Whether anything says that the checkpoint is quantised. */
  get isThere(): boolean {
    return this.#config !== null || this.#comfy.size > 0
  }

  of(path: string): ModuleSettings {
    const mode = this.#comfy.get(path)
    if (mode !== undefined) return { ...this.#global, mode }
    if (this.#config === null) return noSettings
    // MLX, AutoRound: an entry for the module replaces the global one whole.
    const own = mapOf(this.#config.get(path)) ?? mapOf(mapOf(this.#config.get('extra_config'))?.get(path))
    if (own === null) return this.#global
    return {
      ...this.#global,
      bits: integerOf(own, 'bits'),
      group: groupOf(own),
      mode: textOf(own, 'mode') ?? 'affine',
    }
  }
}

function globalOf(config: PlainMap): ModuleSettings {
  return {
    method: textOf(config, 'quant_method') ?? textOf(config, 'method'),
    bits:
      integerOf(config, 'bits') ??
      integerOf(config, 'w_bit') ??
      integerOf(config, 'num_bits') ??
      groupBits(config),
    group: groupOf(config),
    mode: textOf(config, 'mode'),
    storesInputScale: groupsOf(config).some(
      (group) => mapOf(group.get('input_activations'))?.get('dynamic') === false,
    ),
  }
}

/** compressed-tensors: `config_groups.*.weights.num_bits`, where all groups agree. */
function groupBits(config: PlainMap): number | null {
  const found = new Set<number | null>()
  for (const group of groupsOf(config)) {
    const weights = mapOf(group.get('weights'))
    if (weights !== null) found.add(integerOf(weights, 'num_bits'))
  }
  return found.size === 1 ? ([...found][0] ?? null) : null
}

function groupsOf(config: PlainMap): readonly PlainMap[] {
  const groups = mapOf(config.get('config_groups'))
  return groups === null ? [] : [...groups.values()].map(mapOf).filter((group) => group !== null)
}

function groupOf(config: PlainMap): number | null {
  const value = config.get('group_size') ?? config.get('q_group_size')
  return typeof value === 'number' && Number.isInteger(value) ? value : null
}

/** ComfyUI: `_quantization_metadata` in the header names each module's format. */
function comfyLayers({ checkpoint }: Subject): ReadonlyMap<string, string> {
  const formats = new Map<string, string>()
  const text = checkpoint.metadata.get('_quantization_metadata')
  if (typeof text !== 'string') return formats
  const layers = member(parsed(text), 'layers')
  if (typeof layers !== 'object' || layers === null) return formats
  for (const [path, layer] of Object.entries(layers)) {
    const format = member(layer, 'format')
    if (typeof format === 'string') formats.set(path, format)
  }
  return formats
}

/** JSON in a header's metadata: null where it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** An own member of what JSON made. */
export function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined
}

function mapOf(value: Plain | undefined): PlainMap | null {
  return value instanceof Map ? value : null
}

function textOf(config: PlainMap, key: string): string | null {
  const value = config.get(key)
  return typeof value === 'string' ? value : null
}

/** A whole number of a config above 0, or null. */
export function integerOf(config: PlainMap | null, key: string): number | null {
  const value = config?.get(key)
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : null
}
