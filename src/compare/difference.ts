import type { ConvertedAs } from '../formats/published-names.ts'
import type { DType } from '../model/tensors/dtype.ts'
import type { ValueDistance } from '../model/values/value-distance.ts'
import type { Kind, Level, Trainable } from '../model/verdict.ts'
import type { AdapterFit } from './adapter/adapter-fit.ts'

/** One of the two state dicts that were compared. */
export interface Side {
  readonly path: string
  readonly format: string
  /** Path of the state dict in the checkpoint. */
  readonly stateDict: string
  readonly tensors: number
  /** Entries that are no tensors. */
  readonly values: number
  /** As `inspect` counts them: tied tensors once, packed weights as what they stand for. */
  readonly parameters: number
  /** Some weights are packed by a layout that does not tell how many: there are more. */
  readonly parametersAreLeast?: true
  /** Elements, tied tensors once. */
  readonly buffers: number
  readonly bytes: number
}

/**
 * How names of `a` become names of `b`: a pair of patterns whose wildcards stand for the same text, in order.
 * `module.**` to `**` strips a prefix.
 */
export interface Rename {
  readonly from: string
  readonly to: string
  /** Tensors it brings together. */
  readonly tensors: number
  /**
   * How it was found. `published`: converters into one of the two formats publish it. `prefix`: the rest of the names is the same. `structure`: the shapes fit and nothing
   * else has them. `name`: several have these shapes, and the names are the most alike. `order`: several have
   * them, and only their order tells them apart: a guess.
   */
  readonly by: 'published' | 'prefix' | 'structure' | 'name' | 'order'
  /** The wrapper that puts such a prefix. */
  readonly wrapper?: string
}

/** How one shape became another. */
export type ShapeChange =
  /** Two dimensions swapped, as between Linear and Conv1D. */
  | 'transposed'
  /** The same dimensions in another order. */
  | 'permuted'
  /** The same number of elements. */
  | 'reshaped'
  /** The same number of dimensions, of other sizes: a resized vocabulary. */
  | 'resized'
  | 'other'

/** What is different between a tensor of `a` and its partner in `b`. What is the same is left out. */
export interface TensorChange {
  readonly a: string
  readonly b: string
  readonly shape?: { readonly a: readonly number[]; readonly b: readonly number[]; readonly how: ShapeChange }
  readonly dtype?: { readonly a: DType | null; readonly b: DType | null }
  /** `sure` is false where one of the two answers is assumed. */
  readonly kind?: { readonly a: Kind; readonly b: Kind; readonly sure: boolean }
  readonly trainable?: { readonly a: Trainable; readonly b: Trainable; readonly sure: boolean }
  readonly tiedTo?: { readonly a: string | null; readonly b: string | null }
  readonly quantised?: { readonly a: string | null; readonly b: string | null }
  /** How the values are kept, in words: `dense`, `sparse COO`. */
  readonly representation?: { readonly a: string; readonly b: string }
}

/** An entry that is no tensor, and is not the same on both sides. */
export interface ValueChange {
  /** As `b` calls it, where `b` has it. */
  readonly name: string
  /** What it is, in words; null where the side has it not. */
  readonly a: string | null
  readonly b: string | null
}

/** A tensor that only one side has. */
export interface LoneTensor {
  readonly name: string
  readonly kind: Kind
  readonly kindLevel: Level
  readonly dtype: DType | null
  readonly shape: readonly number[]
  readonly elements: number
  /** Why the other side can do without it: `the model makes it itself`. Absent when it is missed. */
  readonly harmless?: string
  /** The outermost module around it that the other side has nothing of; null where it has all of them. */
  readonly module: string | null
  /** True where its module is one of the blocks that the other side has fewer of. */
  readonly inExtraBlock: boolean
}

/** One tensor of one side holds what several of the other side hold. */
export interface Fusion {
  readonly fused: 'a' | 'b'
  readonly whole: string
  readonly wholeShape: readonly number[]
  /** In the order they lie along the dimension. */
  readonly parts: readonly string[]
  readonly partShapes: readonly (readonly number[])[]
  /** The dimension of `whole` along which the parts lie. */
  readonly dimension: number
  /** True where the parts are stacked along a new dimension, as experts are. */
  readonly stacked: boolean
  /** Of a stack: as many parts are joined in each slice, as gate and up of an expert are. Absent: one. */
  readonly joined?: number
  /** Each slice of the stack is the transpose of its part. */
  readonly transposed?: true
}

/** A list of blocks that is longer on one side. */
export interface BlockCount {
  /** Pattern of the module that holds the blocks, as `b` names it. */
  readonly path: string
  readonly a: number
  readonly b: number
  /** Numbers only one side has, ascending. */
  readonly onlyA: readonly number[]
  readonly onlyB: readonly number[]
}

export interface MetadataChange {
  readonly key: string
  /** null where the side has no such key. Values that are no text are shown as JSON. */
  readonly a: string | null
  readonly b: string | null
}

/** A pair of shapes that `load_state_dict` refuses. */
export interface Mismatch {
  readonly name: string
  readonly checkpoint: readonly number[]
  readonly model: readonly number[]
}

/** A tensor or value that torch does not copy into the entry of its name, though the shapes fit. */
export interface Refused {
  /** null where torch names none in that line. */
  readonly name: string | null
  /** Stands before the mismatch of this index: torch tells both in the order of the model. */
  readonly position: number
  /** What follows the name in torch's message; where values or versions decide, it begins so. */
  readonly reason: string
}

/** What `load_state_dict` of one state dict into a model that has another would find. */
export interface LoadResult {
  /** Class of the model, where it is known. */
  readonly model: string | null
  /** In the order torch reports them when the state dict of the model is in registration order. */
  readonly missing: readonly string[]
  readonly unexpected: readonly string[]
  readonly mismatched: readonly Mismatch[]
  readonly refused: readonly Refused[]
  /** An error that torch raises at once, strict or not, in place of all that is gathered. */
  readonly fatal: string | null
  /** The exception that it is; absent where there is none. All others are a RuntimeError. */
  readonly fatalType?: string
  /** Names of tensors whose class decides whether they are copied, and that class is not known. */
  readonly undecided: readonly string[]
  /** Names of tensors of which the checkpoint has the part of another process than the model. */
  readonly otherParts: readonly string[]
  /** Of those of which it has a part of one, and neither file says of which process. */
  readonly unknownParts: readonly string[]
  /** Counters that a batch norm fills in itself when the checkpoint has no module versions. */
  readonly filled: readonly string[]
  /** Tied names among `missing` that the file leaves out: `safetensors.torch.load_model` fills them in. */
  readonly tied: readonly string[]
  /** The outermost modules of the model of which the checkpoint has no key, and how many keys of each are missing. */
  readonly missingModules: readonly { readonly path: string; readonly keys: number }[]
  /** Entries of the model that get their values from the checkpoint, or fill them in for it. */
  readonly copied: number
  /** Tensors whose values are converted to another type while they are copied. */
  readonly converted: number
  /** Whether it raises, with `strict=True` and with `strict=False`. `unknown`: a class that is not known decides. */
  readonly strict: 'loads' | 'raises' | 'unknown'
  readonly lenient: 'loads' | 'raises' | 'unknown'
}

/** What `optimizer.load_state_dict` would say. */
export interface OptimizerLoad {
  /** Path of the optimizer's state dict on each side. */
  readonly a: string
  readonly b: string
  /** Parameters of each group; null where the file does not say. */
  readonly groupsA: readonly number[] | null
  readonly groupsB: readonly number[] | null
  /** What it raises; null for nothing. */
  readonly error: { readonly type: string; readonly message: string } | null
  /** False where the groups of one are not recorded: nothing is said then. */
  readonly isKnown: boolean
  /** State of another shape than the optimizer of `b` has. torch loads it; the next step is what fails. */
  readonly misfits: readonly {
    readonly name: string
    readonly a: readonly number[]
    readonly b: readonly number[]
  }[]
}

/** How two state dicts are different. Plain data: this and a head is the JSON. */
export interface Difference {
  readonly a: Side
  readonly b: Side
  /** The state dicts are the same but, at most, for what is not compared: values, order and types that are not recorded. Metadata is told and does not count. */
  readonly same: boolean
  /** Sides that do not record the element type of a tensor with a partner: of it, types are not compared. */
  readonly typesNotRecorded: readonly ('a' | 'b')[]
  /** Tensors of `a` with a partner in `b`, and how many of these have a change. */
  readonly matched: number
  readonly changed: number
  /** First the most specific; the first that fits a name is the one to apply. */
  readonly renames: readonly Rename[]
  readonly changes: readonly TensorChange[]
  readonly fusions: readonly Fusion[]
  readonly blocks: readonly BlockCount[]
  readonly onlyA: readonly LoneTensor[]
  readonly onlyB: readonly LoneTensor[]
  /** Entries that are no tensors, where they differ. */
  readonly values: readonly ValueChange[]
  readonly metadata: readonly MetadataChange[]
  /** Square tensors beside transposed ones, by their names in `a`: whether they are transposed, shapes cannot tell. */
  readonly maybeTransposed: readonly string[]
  /**
   * Partners of one shape whose rows are known to lie in another order, so that a rename alone gives a model that computes
   * wrong: q and k of rotary embeddings. Absent: none.
   */
  readonly reordered?: readonly { readonly a: string; readonly b: string }[]
  /** Partners whose values a converter made otherwise, besides their type, and how. Absent: none is known. */
  readonly converted?: readonly { readonly a: string; readonly b: string; readonly how: ConvertedAs }[]
  /** Loading `a` into the model of `b` as it stands. */
  readonly load: LoadResult
  /** The same with the renames applied to the names of `a`; null where there are none. */
  readonly loadRenamed: LoadResult | null
  /** The same with `assign=True`: tensors take the place of those of the model. null where it comes to the same. */
  readonly loadAssigned: LoadResult | null
  /** Loading `a.state_dict()`, where `a` is a module; null where it is a state dict already. */
  readonly loadOwn: LoadResult | null
  /** The optimizers that both files have, where there are any. */
  readonly optimizers: readonly OptimizerLoad[]
  /** Whether one fits the other, where one of them is an adapter (LoRA and its kin). Absent else. */
  readonly adapter?: AdapterFit
  /** false where values were not read: equal layout is not equal weights. */
  readonly valuesCompared: false | ValueDifference
}

/** What reading the values of both sides found. */
export interface ValueDifference {
  /** Tensors with a partner of the same type and shape, and the same values. */
  readonly same: number
  /** Those whose values are others, by their names in `a` and in `b`; the farthest apart first, where distances are known. */
  readonly different: readonly {
    readonly a: string
    readonly b: string
    /** Absent: not known. */
    readonly distance?: ValueDistance
  }[]
  /**
   * Those with a partner of another type, or of swapped dimensions, that holds the same numbers; or holds them rounded to a
   * type. Absent: none.
   */
  readonly alike?: readonly {
    readonly a: string
    readonly b: string
    readonly roundedTo: DType | null
    /** Of a quantised weight that is within what quantisation leaves: how far they are apart. */
    readonly distance?: ValueDistance
  }[]
  /** Tensors with a partner of another type or shape whose values were not compared. */
  readonly notComparable: number
  /** Absent: nothing that has a name. */
  readonly summary?: ValueSummary
}

/** What the difference of values comes to. */
export type ValueSummary =
  /** The same names and values. */
  | { readonly what: 'other order'; readonly tensors: number }
  /** The same values, under names that no rule connects. */
  | { readonly what: 'other names'; readonly tensors: number }
  /** The same numbers in another element type. */
  | { readonly what: 'other type'; readonly tensors: number }
  /** Equal once rounded to an element type; `equal` are so without it. */
  | { readonly what: 'rounded'; readonly to: DType; readonly tensors: number; readonly equal: number }
  /** Only tensors of one module have other values. */
  | {
      readonly what: 'one part'
      readonly module: string
      /** The module gives what the model gives. */
      readonly isHead: boolean
      readonly tensors: number
      readonly same: number
    }
  /** The weights of these layers have other values in all blocks, and nothing else has. */
  | {
      readonly what: 'targets'
      readonly layers: readonly string[]
      readonly blocks: number
      readonly tensors: number
      readonly same: number
    }
