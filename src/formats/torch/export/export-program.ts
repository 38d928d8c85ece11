import type { Plain } from '../../../model/checkpoint.ts'
import { asMap } from './export-config.ts'

/** What the JSON of an exported program says of the model it came from. */
export interface ExportProgram {
  readonly parameters: ReadonlySet<string>
  /** Buffer name to whether it is in the state dict. */
  readonly buffers: ReadonlyMap<string, boolean>
  /** Module path to class, for the modules that ran. */
  readonly classes: ReadonlyMap<string, string>
}

/** Reads `graph_module.signature.input_specs` and the module stacks of the nodes. */
export function exportProgram(document: Plain): ExportProgram {
  const graphModule = asMap(asMap(document)?.get('graph_module'))
  const specs = asMap(graphModule?.get('signature'))?.get('input_specs')
  const parameters = new Set<string>()
  const buffers = new Map<string, boolean>()
  for (const spec of Array.isArray(specs) ? specs : []) {
    const parameter = asMap(asMap(spec)?.get('parameter'))?.get('parameter_name')
    if (typeof parameter === 'string') parameters.add(parameter)
    const buffer = asMap(asMap(spec)?.get('buffer'))
    const name = buffer?.get('buffer_name')
    if (typeof name === 'string') buffers.set(name, buffer?.get('persistent') !== false)
  }
  return { parameters, buffers, classes: moduleClasses(asMap(graphModule?.get('graph'))?.get('nodes')) }
}

/** From `nn_module_stack` of each node: `key,path,class` of every module around it, joined by semicolons. */
function moduleClasses(nodes: Plain | undefined): Map<string, string> {
  const classes = new Map<string, string>()
  const seen = new Set<string>()
  for (const node of Array.isArray(nodes) ? nodes : []) {
    const stack = asMap(asMap(node)?.get('metadata'))?.get('nn_module_stack')
    if (typeof stack !== 'string' || seen.has(stack)) continue
    seen.add(stack)
    for (const part of stack.split(';')) {
      const first = part.indexOf(',')
      const last = part.lastIndexOf(',')
      if (first < 0 || last <= first) continue
      classes.set(part.slice(first + 1, last), part.slice(part.lastIndexOf('.') + 1))
    }
  }
  return classes
}
