import type { Finding } from './finding.ts'
import type { Origin } from './origin.ts'
import type { Quantisation } from './quantisation.ts'
import type { SavedAs } from './saved-as.ts'
import type { Part } from './tensors/representation.ts'
import type { Tensor } from './tensors/tensor.ts'
import type { TensorList } from './tensors/tensor-list.ts'
import type { Unverified } from './unverified.ts'
import type { Kind, Level, Trainable } from './verdict.ts'

/**
 * A value of a JSON or pickle document as sdinspect keeps it: objects are Maps, so a key may be
 * `__proto__`, and an integer that a double cannot hold is a bigint.
 */
export type Plain = null | boolean | number | bigint | string | readonly Plain[] | PlainMap
export interface PlainMap extends ReadonlyMap<string, Plain> {}

/** What a file says of one entry itself. `by` says where, for the reason: "the manifest". */
export interface Declaration {
  readonly kind?: Kind
  readonly requiresGrad?: boolean
  /** A float that a file says requires grad without saying it is a Parameter, and so on: default `declared`. */
  readonly level?: Level
  /** Of `requiresGrad`, where it is another. */
  readonly requiresGradLevel?: Level
  readonly by: string
}

/** Verdicts of an earlier run, replayed with their levels and reasons (a JSON report read as input). */
export interface RecordedVerdict {
  readonly kind: Kind
  readonly kindLevel: Level
  readonly kindReason: string
  readonly kindProbability?: number
  readonly kindWithoutValues?: Kind
  readonly trainable: Trainable
  readonly trainableLevel: Level
  readonly trainableReason: string
  readonly quantised?: Quantisation
  readonly countedAs?: string
}

/** What one optimizer in the file says of the parameters it was given. */
export interface OptimizerFacts {
  /** Where in the file: `optimizer_states.0`. */
  readonly path: string
  readonly groups: readonly {
    /** In the order the optimizer got them. */
    readonly parameters: readonly {
      /** The name, where the optimizer recorded names. */
      readonly name: string | null
      /** The parameter's shape as its state shows it; null where it has no state of that shape. */
      readonly shape: readonly number[] | null
      readonly hasState: boolean
    }[]
  }[]
  /** The optimizer keeps state for a parameter even when it never got a gradient (Adagrad). */
  readonly stateWithoutGradient?: boolean
}

/**
 * Facts of a state dict beyond its tensors: formats fill in what their files have, evidence sources use what
 * is there, and neither knows the other.
 */
export interface Facts {
  /** By tensor name. */
  readonly declarations?: ReadonlyMap<string, Declaration>
  readonly recorded?: ReadonlyMap<string, RecordedVerdict>
  /** Removed tied name to the name that was kept. */
  readonly aliases?: ReadonlyMap<string, string>
  /** Elements of the model's parameters, tied ones once, as an index states it (`total_parameters`). */
  readonly totalParameters?: number
  /** The set that the file says it is a part of: which one, from 1, of how many, and the tensors of all of them, null where it says none. */
  readonly set?: { readonly number: number; readonly of: number; readonly tensors: number | null }
  /** Module path to its class, as the file declares it. */
  readonly moduleClasses?: ReadonlyMap<string, string>
  /** Module path to `_version` from `_metadata`; every module of the model is in it. */
  readonly moduleVersions?: ReadonlyMap<string, number | null>
  /** Entries known not to be saved (`persistent=False`), by name. */
  readonly nonPersistent?: ReadonlySet<string>
  readonly optimizers?: readonly OptimizerFacts[]
  /** Lists of averages of the parameters of this model, by their paths in the file: the shapes, in the order of `parameters()`. */
  readonly averages?: readonly { readonly path: string; readonly shapes: readonly (readonly number[])[] }[]
  /** Shapes that the values of quantisation bookkeeping state, by the name of the tensor that states it. */
  readonly statedShapes?: ReadonlyMap<string, readonly number[]>
  /** Of a mixture of experts, in each layer: how many routed experts there are, and how many of them a token uses. */
  readonly experts?: { readonly count: number; readonly perToken: number }
  /** The file is of a layout that its writer gave up years ago: what it lacks may not have been there yet. */
  readonly isOldLayout?: true
  /** Entries of JSON lists that hold only integers, in a file that writes other entries as floats. */
  readonly integralLists?: ReadonlySet<string>
  /** The file is in the layout that torch.save wrote before 1.6, as files of older releases are. */
  readonly oldLayout?: true
}

/** An entry of a state dict that is no tensor: `_extra_state`, the packed parameters of a quantised module. */
export interface ValueEntry {
  /** The dotted name within its state dict. No tensor and no other value has it. */
  readonly name: string
  /** Stands before the tensor of this index; the number of tensors for what stands last. Ascending in a state dict. */
  readonly position: number
  /** Its Python class, `bytes`, `collections.OrderedDict`; null where the file does not say. */
  readonly type: string | null
  /** In a few words: `4 bytes`, `(tensor QI8 [4, 6], tensor F32 [4])`. */
  readonly description: string
  /** The tensors inside it, by where in it they are: `0`, `scale`. Absent: none. */
  readonly parts?: readonly Part[]
}

/** Values of small tensors that were looked at, row by row, by the index of the tensor. */
export interface SeenValues {
  /** Of tensors that nothing else speaks of. */
  readonly unknown: ReadonlyMap<number, Float64Array>
  /** Of a few that are known to be parameters: what training has made of them. */
  readonly learned: {
    /** Weights of norms. */
    readonly norms: ReadonlyMap<number, Float64Array>
    readonly others: ReadonlyMap<number, Float64Array>
  }
}

/** One state dict: an ordered list of entries with dotted names, tensors and values. */
export interface StateDict {
  /** Where it is in the file, dotted; `''` when the file is the state dict. */
  readonly path: string
  /** What it is for. `model` is the one a command shows when it is not told otherwise. */
  readonly role: 'model' | 'ema' | 'optimizer' | 'other'
  readonly tensors: TensorList<Tensor>
  /**
   * What all its names begin with that is no part of them, but the keys of the dicts around the state dict: `'model.'`. Digests
   * leave it out. Absent: nothing.
   */
  readonly within?: string
  /** The entries that are no tensors, each with its place among the tensors. Absent: none. */
  readonly values?: readonly ValueEntry[]
  /** Whether `tensors` is in the order the modules registered them. safetensors sorts, so `unrecorded`. */
  readonly order: 'registration' | 'unrecorded'
  /** What the object is that was saved. Absent: the format keeps no Python objects. */
  readonly savedAs?: SavedAs
  readonly facts: Facts
  /** Absent: none were read. */
  readonly seen?: SeenValues
}

/** A file that belongs to the checkpoint. */
export interface CheckpointFile {
  /** Relative to the checkpoint. */
  readonly name: string
  readonly bytes: number
  readonly role: 'weights' | 'index' | 'config'
}

/** Bytes of a file that were written as a file of their own: a member of a tar archive, a tensor in a `.distcp`. */
export interface FilePart {
  readonly name: string
  readonly offset: number
  readonly length: number
}

/** Files beside the weights that say something of them, parsed. */
export interface SideFiles {
  readonly config?: PlainMap
  readonly adapterConfig?: PlainMap
  readonly quantizeConfig?: PlainMap
  /** Of the tokenizer beside the weights; absent unless they are checked. */
  readonly tokenizer?: TokenizerIds
  /** Weights of several element types stand beside one configuration. */
  readonly hasVariants?: true
}

/** The token of the highest id that a tokenizer has. */
export interface TokenizerIds {
  /** The file that says so. */
  readonly file: string
  readonly token: string
  readonly id: number
  /** The highest id of a token that is text; null where there is none. */
  readonly idOfText: number | null
}

/** A class or function that a pickle in the file names. Nothing is imported or called to say so. */
export interface PickledImport {
  /** `module.name`. */
  readonly name: string
  /** Which pickle: `data.pkl`. */
  readonly within: string
  /** Of the first opcode that names it, in that pickle. */
  readonly offset: number
  /** Opcodes that name it. */
  readonly count: number
  /** Dotted path of the first value that uses it; null where it is plain weights or not known. */
  readonly keyPath: string | null
  /** Whether `torch.load(weights_only=True)` takes it. */
  readonly allowed: boolean
  /** Whether it can run code or reach the system: all of Python's own library but what only makes values, and more. */
  readonly dangerous: boolean
}

/** What the pickles of a checkpoint need to be loaded. */
export interface PickleSafety {
  /** Whether every import is one that `torch.load(weights_only=True)` takes. */
  readonly plainWeights: boolean
  readonly imports: readonly PickledImport[]
}

/** What a format read: state dicts over storages, and what surrounds them. */
export interface Checkpoint {
  /** Id of the format: `safetensors`. */
  readonly format: string
  /** The writer as far as its metadata tells, in words: `transformers (format pt)`, `kohya sd-scripts`. */
  readonly producer: string | null
  readonly files: readonly CheckpointFile[]
  /** The file's own metadata, as it stands (`__metadata__`, an index's `metadata`). */
  readonly metadata: ReadonlyMap<string, Plain>
  readonly side: SideFiles
  /** The main one first. */
  readonly stateDicts: readonly StateDict[]
  readonly findings: readonly Finding[]
  /** What is in the file and is no tensor: path to a short description (`epoch` → `3`). */
  readonly values?: ReadonlyMap<string, string>
  /** Absent where the file holds no pickle. */
  readonly pickle?: PickleSafety
  /** Absent where everything has been compared, as it is of files at hand. */
  readonly unverified?: readonly Unverified[]
  /**
   * What files are made of, by their names: parts that may be archives, each with checksums of its own. Absent for a file that is
   * read as a whole.
   */
  readonly parts?: ReadonlyMap<string, readonly FilePart[]>
  /** Of a model of the Hub. */
  readonly origin?: Origin
}
