import { newDict, type PickleCall, type PickleDict, setItem } from '../../../codec/pickle-value.ts'
import { calleeName, isCall, itemsOf } from './objects.ts'

// Modules that torch pickles as a call of a function of its own, in place of a class and a __dict__.

/** torch/fx/graph_module.py: `reduce_graph_module`, and what torch.package and torch.deploy have. */
const graphModule = /^torch\.fx\.(?:graph_module|_lazy_graph_module)\.reduce_(?:\w+_)?graph_module$/
/** torch/_dynamo/eval_frame.py: what torch.compile makes of a module, called with that module. */
const compiled = 'torch._dynamo.eval_frame.OptimizedModule'

const wrapped = new WeakMap<PickleCall, PickleDict>()

/** The `__dict__` that such a module has when it is rebuilt; undefined for any other call. */
export function rebuiltAttributes(call: PickleCall): PickleDict | undefined {
  const name = calleeName(call)
  if (name === undefined || call.args.length === 0) return undefined
  if (graphModule.test(name)) return call.args.map(itemsOf).find((body) => body?.index.has('_modules'))
  if (name !== compiled || !isCall(call.args[0])) return undefined
  let attributes = wrapped.get(call)
  if (attributes === undefined) {
    const modules = newDict()
    setItem(modules, '_orig_mod', call.args[0], '_orig_mod')
    attributes = newDict()
    setItem(attributes, '_parameters', newDict(), '_parameters')
    setItem(attributes, '_modules', modules, '_modules')
    wrapped.set(call, attributes)
  }
  return attributes
}

/** The class of a pickled module, `torch.nn.modules.linear.Linear`. */
export function moduleClass(call: PickleCall): string {
  const name = calleeName(call) ?? ''
  return graphModule.test(name) ? 'torch.fx.graph_module.GraphModule' : name
}
