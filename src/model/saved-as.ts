/** The modules of a `_metadata` that have one version. */
export interface VersionedModules {
  /** null where the module recorded none. */
  readonly version: number | null
  /** Paths, in order. */
  readonly modules: readonly string[]
}

/** A group of an optimizer's `param_groups`. */
export interface OptimizerGroup {
  /** How many parameters it lists; null where it has no `params`. */
  readonly parameters: number | null
  /** Keys of its options: `lr`, `betas`. */
  readonly options: readonly string[]
}

/**
 * What the object is that was saved where a state dict is, as far as `load_state_dict` asks. Only of formats that keep
 * Python objects; what a safetensors file is loaded as is a dict of tensors.
 */
export interface SavedAs {
  /** Its class in Python: `collections.OrderedDict`, `torch.nn.modules.linear.Linear`, `list`. */
  readonly class: string
  /** Whether it is a mapping. A module, a list, a TorchScript archive are none. */
  readonly isMapping: boolean
  /** Of its `_metadata`: modules whose version is not 1, and owners of entries that it does not name. Absent: it has no `_metadata`. */
  readonly versions?: readonly VersionedModules[]
  /** Paths of weights of which `_metadata` says that their spectral norm keeps both vectors. Absent: none. */
  readonly spectralNorms?: readonly string[]
  /** Class of the first key that is no text. Absent: all are. */
  readonly keyClass?: string
  /** Names of tensors whose elements share memory, as those of `expand()` do. Absent: none. */
  readonly expanded?: readonly string[]
  /** Names of tensors that are neither row by row nor channels last. Absent: none. */
  readonly strided?: readonly string[]
  /** Keys of what `state_dict()` gives whose values are containers of tensors, with the class of each. Absent: none. */
  readonly containers?: readonly { readonly name: string; readonly class: string }[]
  /** Names of NumPy arrays, which torch takes for no tensors. Absent: none. */
  readonly arrays?: readonly string[]
  /** Of an optimizer's state dict; null where it has no list of groups. Absent: it is none. */
  readonly groups?: readonly OptimizerGroup[] | null
}
