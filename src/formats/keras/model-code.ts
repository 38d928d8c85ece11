import { finding } from '../../findings/finding.ts'
import type { Plain } from '../../model/checkpoint.ts'
import type { Finding } from '../../model/finding.ts'
import { standardLibrary } from '../standard-library.ts'
import { asMap } from './layers.ts'

// keras/src/saving/serialization_lib.py and keras/src/legacy/saving: what a configuration names is looked up, or made of
// compiled code, and called.

/** Functions of Python itself that reach further than a value. */
const reaching =
  /^(?:eval|exec|compile|open|input|breakpoint|getattr|setattr|delattr|globals|vars|__import__)$/

/** Functions of Keras that fetch files, load others, or turn its safety off. */
const ofKeras =
  /^(?:keras|tf_keras|tensorflow\.keras)\.(?:.+\.)?(?:utils|config|saving|models|export|legacy)(?:\.|$)/

/** Layers that load another model, which is not in this file: a pickle of torch, a SavedModel. */
const loading: ReadonlyMap<string, string> = new Map([
  ['TorchModuleWrapper', 'unpickles a module of torch'],
  ['TFSMLayer', 'loads a SavedModel from a path'],
])

/** What the configuration of a model makes Keras run while it builds the model. */
export function modelCodeFindings(document: Plain, file: string): Finding[] {
  const compiled: string[] = []
  const named: string[] = []
  const wrappers: string[] = []
  const open: { value: Plain; layer: string }[] = [{ value: document, layer: '' }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value } = next
    if (Array.isArray(value)) {
      for (const one of value) open.push({ value: one, layer: next.layer })
      continue
    }
    const map = asMap(value)
    if (map === null) continue
    const [className, config] = [map.get('class_name'), map.get('config')]
    const ownName = asMap(config)?.get('name')
    const layer = typeof ownName === 'string' ? ownName : next.layer
    if (isCompiled(className, config)) compiled.push(layer)
    const name = namedBy(map)
    if (name !== null && isReaching(name)) named.push(name)
    const does = typeof className === 'string' ? loading.get(className) : undefined
    if (does !== undefined) wrappers.push(`${layer === '' ? className : layer}, which ${does}`)
    for (const one of map.values()) open.push({ value: one, layer })
  }
  const found = (what: 'compiled' | 'named' | 'wrapper', names: readonly string[]): Finding[] =>
    names.length === 0 ? [] : [finding('security/model-code', { what, names: [...new Set(names)] }, { file })]
  return [...found('compiled', compiled), ...found('named', named), ...found('wrapper', wrappers)]
}

/** `__lambda__` of Keras 3; a Lambda layer of Keras 2, whose function is the marshalled code, its defaults and its closure. */
function isCompiled(className: Plain | undefined, config: Plain | undefined): boolean {
  if (className === '__lambda__') return true
  if (className !== 'Lambda') return false
  const own = asMap(config)
  return own?.get('function_type') === 'lambda' || Array.isArray(own?.get('function'))
}

/** What is looked up in a module: a class, or a function by its name. */
function namedBy(map: ReadonlyMap<string, Plain>): string | null {
  const [module, className, config] = [map.get('module'), map.get('class_name'), map.get('config')]
  if (typeof module !== 'string' || typeof className !== 'string') return null
  return `${module}.${className === 'function' && typeof config === 'string' ? config : className}`
}

function isReaching(name: string): boolean {
  const [top = ''] = name.split('.')
  if (top === 'builtins') return reaching.test(name.slice('builtins.'.length))
  // A class of these is a part of a model as others are.
  if (ofKeras.test(name)) return /\.(?:[a-z_][a-z0-9_]*)$/.test(name)
  return standardLibrary.has(top) && top !== '__main__'
}
