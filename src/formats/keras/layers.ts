import type { Plain, PlainMap } from '../../model/checkpoint.ts'

// keras/src/saving/serialization_lib.py: an object is { module, class_name, config, registered_name }; a model's config
// has its layers, a wrapper's the layer that it wraps. Keras 2 leaves out the module.

/** A layer as a model's configuration describes it. */
export interface Layer {
  readonly name: string
  /** `Dense` */
  readonly className: string
  /** It is a class of Keras itself, and not one that the user registered. */
  readonly isBuiltIn: boolean
  /** Neither it nor a layer around it is frozen; null where it does not say. */
  readonly trainable: boolean | null
  readonly config: PlainMap
}

/** Layers of one model or wrapper, among which names are looked up. */
export class LayerScope {
  readonly #layers = new Map<string, Layer | null>()
  readonly #around: boolean | null

  /** @param around whether what is around these layers trains */
  constructor(descriptions: readonly Plain[], around: boolean | null) {
    this.#around = around
    for (const description of descriptions) {
      const layer = this.#layer(description)
      if (layer === null) continue
      // Of two layers of one name, which is meant cannot be told.
      this.#layers.set(layer.name, this.#layers.has(layer.name) ? null : layer)
    }
  }

  /** The only layer of this name. */
  find(name: string): Layer | null {
    return this.#layers.get(name) ?? null
  }

  #layer(description: Plain): Layer | null {
    const map = asMap(description)
    const config = asMap(map?.get('config'))
    const className = map?.get('class_name')
    const name = config?.get('name') ?? map?.get('name')
    if (map === null || config === null || typeof className !== 'string' || typeof name !== 'string')
      return null
    const module = map.get('module')
    const registered = map.get('registered_name')
    const own = config.get('trainable')
    return {
      name,
      className,
      isBuiltIn:
        (registered === null || registered === undefined) &&
        (typeof module !== 'string' || module === 'keras' || module.startsWith('keras.')),
      trainable: this.#around === false || own === false ? false : own === true ? true : null,
      config,
    }
  }
}

/** The layers inside a layer; null where it has none that are described. */
export function scopeInside({ config, trainable }: Layer): LayerScope | null {
  const layers = config.get('layers')
  if (Array.isArray(layers)) return new LayerScope(layers, trainable)
  const wrapped = ['layer', 'forward_layer', 'backward_layer', 'cell']
    .map((key) => config.get(key))
    .filter((found): found is Plain => asMap(found) !== null)
  return wrapped.length === 0 ? null : new LayerScope(wrapped, trainable)
}

/** The scope of the whole model that `document` describes: its only member is that model. */
export function modelScope(
  document: Plain,
): { readonly scope: LayerScope; readonly className: string } | null {
  const map = asMap(document)
  const className = map?.get('class_name')
  const config = map?.get('config')
  // Keras 2 before 2.3 wrote a Sequential's config as a list of its layers.
  const layers = Array.isArray(config) ? config : asMap(config)?.get('layers')
  if (typeof className !== 'string' || !Array.isArray(layers)) return null
  const own = asMap(config)?.get('trainable')
  return { scope: new LayerScope(layers, typeof own === 'boolean' ? own : null), className }
}

export function asMap(value: Plain | undefined): PlainMap | null {
  return value instanceof Map ? value : null
}
