import { quoted } from '../../errors.ts'
import type { Declaration, Facts } from '../../model/checkpoint.ts'
import type { Kind, Level } from '../../model/verdict.ts'
import type { Contents } from '../hdf5/contents.ts'
import { kindByName, kindsOf } from './layer-variables.ts'
import { type Layer, type LayerScope, scopeInside } from './layers.ts'

/** The layer that a path leads to, and the part of it, where the path goes further than its description. */
interface Found {
  readonly layer: Layer
  readonly part: string | null
}

/**
 * What the configuration of a model of Keras 3 says of its variables: `layers/dense/vars/0`, where the group `vars` has
 * the layer's name.
 *
 * @param by where the configuration is, for the reason: `config.json`
 */
export function factsOfVariables(contents: Contents, scope: LayerScope | null, by: string): Facts {
  const declarations = new Map<string, Declaration>()
  const classes = new Map<string, string>()
  for (const [group, names] of variableGroups(contents)) {
    const path = group.split('/').slice(0, -1)
    const found = scope === null ? null : layerAt(contents, path, scope)
    if (found !== null && found.part === null) classes.set(path.join('.'), found.layer.className)
    const isSeed = path.at(-1)?.startsWith('seed_generator') === true
    const kinds = found === null ? classOnly(path, names) : kindsOf(found.layer, names.length, found.part)
    for (const [index, name] of names.entries()) {
      const kind = isSeed
        ? 'other'
        : isCounted(names)
          ? (kinds?.[index] ?? null)
          : kindByName(name, found?.layer ?? null)
      const level = found === null || isSeed || !isCounted(names) ? 'recognised' : 'deduced'
      const declaration = declared(kind, level, found?.layer ?? null, by, path.at(-1) ?? '')
      if (declaration !== null) declarations.set([...path, 'vars', name].join('.'), declaration)
    }
  }
  return factsOf(declarations, classes)
}

/**
 * What the names of Keras 2, and of later `.h5` files, say: `dense/model/dense/kernel`, and the configuration in an
 * attribute.
 *
 * @param names of the tensors, in their group
 */
export function factsOfNames(
  names: readonly (readonly string[])[],
  scope: LayerScope | null,
  by: string,
): Facts {
  const declarations = new Map<string, Declaration>()
  for (const path of names) {
    const layer = scope === null ? null : alongNames(path.slice(0, -1), scope)
    const last = (path.at(-1) as string).replace(/:\d+$/, '')
    const kind = kindByName(last, layer)
    const level = layer?.isBuiltIn === true ? 'deduced' : 'recognised'
    const declaration = declared(kind, level, layer, by, last)
    if (declaration !== null) declarations.set(path.join('.'), declaration)
  }
  return factsOf(declarations, new Map())
}

function factsOf(declarations: Map<string, Declaration>, moduleClasses: Map<string, string>): Facts {
  return {
    ...(declarations.size === 0 ? {} : { declarations }),
    ...(moduleClasses.size === 0 ? {} : { moduleClasses }),
  }
}

function declared(
  kind: Kind | null,
  level: Level,
  layer: Layer | null,
  by: string,
  name: string,
): Declaration | null {
  const trainable = layer?.trainable ?? null
  const isFrozen = trainable === false
  if (kind === null)
    return isFrozen ? { requiresGrad: false, level: 'declared', by: saysOf(layer as Layer, by) } : null
  const reason = layer === null ? `the name ${quoted(name)}, which Keras gives` : saysOf(layer, by)
  return {
    kind,
    ...(kind === 'parameter' && trainable !== null ? { requiresGrad: trainable } : {}),
    level,
    by: reason,
  }
}

function saysOf({ name, className, trainable }: Layer, by: string): string {
  const says = trainable === null ? '' : trainable ? ', trainable' : ', not trainable'
  return `${by}, which has the layer ${quoted(name)} (${className}${says}),`
}

/** Groups that are called `vars`, with the names in each, in order: numbers by their size. */
function variableGroups(contents: Contents): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const { path } of contents.datasets) {
    if (path.at(-2) !== 'vars' || path[0] === 'optimizer') continue
    const group = path.slice(0, -1).join('/')
    const names = groups.get(group)
    if (names === undefined) groups.set(group, [path.at(-1) as string])
    else names.push(path.at(-1) as string)
  }
  for (const names of groups.values()) names.sort((a, b) => Number(a) - Number(b))
  return groups
}

function isCounted(names: readonly string[]): boolean {
  return names.every((name, index) => name === String(index))
}

/** Follows the names that the `vars` groups along the path have. */
function layerAt(contents: Contents, path: readonly string[], top: LayerScope): Found | null {
  let scope: LayerScope | null = top
  let found: Layer | null = null
  let part: string | null = null
  for (let length = 1; length <= path.length; length++) {
    const name = contents.attributes.get([...path.slice(0, length), 'vars'].join('/'))?.get('name')
    if (typeof name !== 'string') {
      // `layers` of a model is no part of its own.
      if (path[length - 1] !== 'layers') part = path[length - 1] as string
      continue
    }
    const next: Layer | null = scope?.find(name) ?? null
    if (next === null) part = path[length - 1] as string
    else {
      found = next
      part = null
      scope = scopeInside(next)
    }
  }
  return found === null ? null : { layer: found, part }
}

function alongNames(path: readonly string[], top: LayerScope): Layer | null {
  let scope: LayerScope | null = top
  let found: Layer | null = null
  for (const name of path) {
    const next: Layer | null = scope?.find(name) ?? null
    if (next === null) continue
    found = next
    scope = scopeInside(next) ?? scope
  }
  return found
}

/** Without a configuration, the group's name is that of the class: `batch_normalization_3`. */
function classOnly(path: readonly string[], names: readonly string[]): readonly Kind[] | null {
  const group = (path.at(-1) ?? '').replace(/_\d+$/, '')
  const count = names.length
  const parameters = (few: number): Kind[] | null =>
    count >= 1 && count <= few ? names.map(() => 'parameter' as const) : null
  if (path.at(-2) !== 'layers') return null
  if (group === 'batch_normalization' && count >= 2 && count <= 4)
    return names.map((_, index) => (index < count - 2 ? 'parameter' : 'buffer'))
  if (group === 'normalization' && count === 3) return names.map(() => 'buffer')
  if (/^(dense|(depthwise_)?conv[123]d(_transpose)?|layer_normalization|group_normalization)$/.test(group))
    return parameters(2)
  return group === 'embedding' ? parameters(1) : null
}
