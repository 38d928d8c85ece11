// What of torch a pickle may name with no more than a warning, of functions: classes are written by every pickled
// module, functions by few. Some hundred others compile text, open files or unpickle (torch 2.15), under names that
// nobody keeps a list of; so what is not here is an error.

/** Functions that torch's own `__reduce__` and `copyreg` give to pickle, and classes whose names look like functions. */
const written = new Set(
  `torch.storage._load_from_bytes torch.serialization._get_layout torch.nested._internal.nested_tensor._rebuild_njt
  torch.fx.graph_module.reduce_graph_module torch.fx.graph_module.reduce_deploy_graph_module
  torch.fx.immutable_collections.immutable_list torch.fx.immutable_collections.immutable_dict
  torch.distributed.remote_device._remote_device torch.jit._pickle.build_intlist torch.jit._pickle.build_tensorlist
  torch.jit._pickle.build_doublelist torch.jit._pickle.build_boollist torch.jit._pickle.build_tensor_from_id
  torch.jit._pickle.restore_type_tag torch.utils.hooks.unserializable_hook`.split(/\s+/),
)

/**
 * Modules and classes of functions that reckon with tensors, or make modules of modules: activations, initialisers,
 * schedules, observers, collate functions. Of these no function reaches beyond its arguments.
 */
const reckoning =
  /^torch\.(?:_utils\._rebuild_\w+|_tensor\._rebuild_\w+|(?:Tensor|_C\.(?:_?TensorBase|_VariableFunctions(?:Class)?|_nn|_special|_linalg|_fft|_sparse|_nested))\.\w+|(?:nn\.(?:functional|init|modules|parallel|quantized|quantizable|intrinsic|qat)|functional|_VF|special|linalg|fft|sparse|masked|signal|optim|distributions|ao|quantization|autograd|amp|cuda\.amp|nn\.utils|utils\.data|utils\.checkpoint|distributed\.(?:tensor|_tensor|fsdp|_composable|_shard|algorithms|optim))\.[\w.]+)$/

/** Functions among those that open, import or unpickle. */
const reaching =
  /^torch\.(?:nn\.utils\._deprecation_utils|sparse\._triton_ops_meta\.dump|distributed\.optim\.zero_redundancy_optimizer\._broadcast_object|distributed\.tensor\.debug|utils\.data\.(?:datapipes|graph))/

/** Of the functions of `torch` itself, which are operators but for some. */
const operators =
  /^torch\.(?!(?:save|load|from_file|compile|import_\w*|_load_\w*|_preload_\w*|_import_\w*)$)\w+$/

/** Classes that open a file, a library or a connection when they are made. */
const opening =
  /^torch\.(?:(?:_C\.)?PyTorchFile(?:Reader|Writer)|(?:cuda|xpu)\.(?:memory\.)?(?:CUDA|XPU)PluggableAllocator|cuda\.gds\.\w+|distributed\.(?:distributed_c10d\.)?(?:\w*Store)|distributed\.elastic\.[\w.]+|utils\.tensorboard\.[\w.]+|utils\.benchmark\.[\w.]+|backends\.xeon\.[\w.]+)$/

/** Whether a name of torch is that of a function that no pickle of torch has, or of a class that opens something. */
export function reachesBeyondTensors(name: string): boolean {
  if (!name.startsWith('torch.')) return false
  if (opening.test(name) || reaching.test(name)) return true
  const last = name.slice(name.lastIndexOf('.') + 1).replace(/^_+/, '')
  if (!/^\p{Ll}/u.test(last)) return false
  return !(written.has(name) || reckoning.test(name) || operators.test(name))
}
