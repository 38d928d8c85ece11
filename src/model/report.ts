import type { CheckpointFile, PickleSafety, Plain } from './checkpoint.ts'
import type { Finding } from './finding.ts'
import type { Origin } from './origin.ts'
import type { Quantisation } from './quantisation.ts'
import type { SavedAs } from './saved-as.ts'
import type { DType } from './tensors/dtype.ts'
import type { PartReport, RepresentationReport } from './tensors/representation.ts'
import type { Unverified } from './unverified.ts'
import type { Kind, Level, Trainable } from './verdict.ts'

export type { Quantisation }

/** Raised when a field changes its meaning or goes away; new fields do not raise it. */
export const schemaVersion = 1

/** One tensor, with the two answers about it. This is the shape of the JSON too. */
export interface TensorReport {
  readonly name: string
  readonly dtype: DType | null
  readonly shape: readonly number[]
  /** Stored elements: the product of the shape. */
  readonly elements: number
  readonly bytes: number | null
  readonly kind: Kind
  readonly kindLevel: Level
  readonly kindReason: string
  /** How likely an assumed kind is right, where that was measured. */
  readonly kindProbability?: number
  /** Of a kind that rests on the values of the tensor: what it is taken for where they are not read. Absent else. */
  readonly kindWithoutValues?: Kind
  readonly trainable: Trainable
  readonly trainableLevel: Level
  readonly trainableReason: string
  readonly tiedTo: string | null
  /** The tensor that a loader takes in its place, which is the one that is counted. Absent: it is counted itself. */
  readonly countedAs?: string
  /** How the values are kept where that is not one strided run of elements. Absent: dense. */
  readonly representation?: RepresentationReport
  /** What a quantised layout makes of a stored tensor. Absent for plain tensors. */
  readonly quantised?: Quantisation
}

/** Tied tensors are counted once, at their first name. */
export interface Count {
  readonly tensors: number
  readonly elements: number
  readonly bytes: number
}

export interface Totals {
  /** Everything stored, whatever it is. */
  readonly stored: Count
  readonly parameters: Count
  readonly buffers: Count
  readonly other: Count
  /** Entries that are another name of a tensor counted already. */
  readonly tied: Count
  readonly trainable: {
    /** What is not known not to train: the number, or at most so many. */
    readonly elements: number
    /** What is known to train. */
    readonly atLeast: number
    /** What is recognised to train, by an optimizer's past, or known to. */
    readonly recognised: number
    /** The weakest level among the answers the number rests on. */
    readonly level: Level
    /** True: at most this many, because some answers are `unknown` or no stronger than recognised. */
    readonly upperBound: boolean
    readonly reason: string
  }
  /** Weights of the model as its author counts them: parameters, with packed weights counted as the weights they stand for. */
  readonly logicalParameters: number
  /** True: at least so many, because some packed weights are of a layout whose width is not known. Absent else. */
  readonly logicalIsLeast?: true
  /** Scales, zero points, codebooks, indices of quantised layouts. */
  readonly bookkeeping: Count
  /** By element type, largest first. `null` for unrecorded. */
  readonly dtypes: readonly {
    readonly dtype: DType | null
    readonly tensors: number
    readonly elements: number
    readonly bytes: number
  }[]
  /** Tensors per level of the kind answer. */
  readonly levels: Readonly<Record<Level, number>>
}

/** What the class of a module is, declared by the file or recognised from its tensors. */
export interface ModuleClass {
  /** One name when it is clear, several when the shapes fit several classes. */
  readonly classes: readonly string[]
  /** Dimensions the shapes give: `768→3072`, `64→128 3×3`. Empty when there are none to show. */
  readonly detail: string
  readonly level: Level
}

/** A module whose class is known, and its dotted path. */
export interface ModuleReport extends ModuleClass {
  readonly path: string
}

/** An entry of a state dict that is no tensor: neither parameter nor buffer, and in no count. */
export interface ValueReport {
  readonly name: string
  /** Stands before the tensor of this index; the number of tensors for what stands last. Ascending. */
  readonly position: number
  readonly kind: 'other'
  /** Its Python class, `bytes`, `collections.OrderedDict`; null where the file does not say. */
  readonly type: string | null
  /** In a few words: `4 bytes`, `(tensor QI8 [4, 6], tensor F32 [4])`. */
  readonly description: string
  /** The tensors inside it, by where in it they are. Absent: none. */
  readonly parts?: readonly PartReport[]
}

/** What a mixture of experts uses for one token, where the configuration says how many experts that is. */
export interface MixtureReport {
  /** Routed experts of a layer. */
  readonly experts: number
  readonly expertsPerToken: number
  /** Of the model, packed weights counted as the weights they stand for. */
  readonly parameters: number
  /** Of those, what one token uses. */
  readonly activeParameters: number
  /** In the file and no part of the model: layers that predict further tokens. Absent where none are. */
  readonly besides?: number
}

export interface StateDictReport {
  readonly path: string
  readonly role: 'model' | 'ema' | 'optimizer' | 'other'
  /** `registration`: as the modules registered them. `unrecorded`: as the file happens to have them. */
  readonly order: 'registration' | 'unrecorded'
  /** Wrapper prefixes all names share, outermost first: `module.`, `_orig_mod.`. */
  readonly prefixes: readonly string[]
  /** Notes on what the state dict is, in words: `LoRA adapter, rank 8, on q_proj, v_proj`. */
  readonly notes: readonly string[]
  readonly totals: Totals
  /** Absent for models that are no mixture of experts, and where the configuration does not say so. */
  readonly mixture?: MixtureReport
  /** What the object is that was saved. Absent: the format keeps no Python objects. */
  readonly savedAs?: SavedAs
  readonly modules: readonly ModuleReport[]
  readonly tensors: readonly TensorReport[]
  /** The entries that are no tensors, each with its place among the tensors. Absent: none. */
  readonly values?: readonly ValueReport[]
}

/** What `inspect` answers for one checkpoint. Plain data; the JSON report is this and nothing else. */
export interface Report {
  readonly schemaVersion: typeof schemaVersion
  readonly tool: { readonly name: 'sdinspect'; readonly version: string }
  /** As the user gave it. */
  readonly path: string
  readonly format: string
  readonly producer: string | null
  readonly files: readonly CheckpointFile[]
  readonly metadata: Readonly<Record<string, unknown>> | ReadonlyMap<string, Plain>
  readonly findings: readonly Finding[]
  readonly stateDicts: readonly StateDictReport[]
  /** What is in the file and is no tensor: dotted path to a short description. */
  readonly values: readonly { readonly path: string; readonly value: string }[]
  /** What the pickles of the file need to be loaded; absent where it holds none. */
  readonly pickle?: PickleSafety
  /** What has not been compared yet of files at a distance; absent where everything has. */
  readonly unverified?: readonly Unverified[]
  /** Of a model of the Hub. */
  readonly origin?: Origin
}
