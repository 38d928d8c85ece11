import type { DType } from '../../model/tensors/dtype.ts'
import type { Kind } from '../../model/verdict.ts'
import type { Template } from '../template.ts'

/** One entry of a module, by its name within the module: `weight`, `out_proj.bias`. */
export interface Entry {
  readonly name: string
  /** null where the file does not record one. */
  readonly dtype: DType | null
  readonly shape: readonly number[]
  readonly kind: Kind
}

/** What a class registers under a name. */
export interface Registered {
  readonly name: string
  readonly shape: readonly number[]
  readonly kind: 'parameter' | 'buffer'
  /** Its type, where it is this one whatever `dtype=` says. */
  readonly dtype?: DType
}

/** One call of a class, and the entries that its `state_dict()` then has, in order. */
export interface Call {
  /** Of the constructor, but for `dtype=`. */
  readonly arguments: readonly (string | Template)[]
  readonly registers: readonly Registered[]
}

/** Entries of a module, by name. */
export type Own = ReadonlyMap<string, Pick<Entry, 'shape'>>

/**
 * A class of `torch.nn`: the call of its constructor that makes entries of given shapes. Whether these are all, and of
 * which kind and type, is for the one who asks to compare. Register it in `layers/index.ts`.
 */
export interface LayerClass {
  readonly name: string
  /** Options that leave no trace in a state dict. */
  readonly untold: string
  /** null where no call makes such entries. */
  call(own: Own): Call | null
  /** Whether the constructor takes no `dtype=`. */
  readonly untyped?: true
}

/** What is registered as a parameter, of a name that is there. */
export function parameter(name: string, shape: readonly number[]): Registered {
  return { name, shape, kind: 'parameter' }
}

export function buffer(name: string, shape: readonly number[], dtype?: DType): Registered {
  return { name, shape, kind: 'buffer', ...(dtype === undefined ? {} : { dtype }) }
}
