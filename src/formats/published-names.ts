/** What converters do to the values of a tensor, besides its type, its shape and the order of its rows. */
export type ConvertedAs =
  /** 1 is added: the one library computes with 1 + weight, the other with the weight. */
  | 'one-added'
  /** `-exp(x)` is kept in place of `x`. */
  | 'minus-exp'
  /** q, k and v of each head, or of each group of heads, become all q, all k, all v. */
  | 'regrouped'

/** What a tensor of another library may be called in a file of a format. */
export interface PublishedName {
  readonly name: string
  /** It is one of as many as the first dimension is long that the tensor of this name stacks: its number. */
  readonly part: number | null
  /** The name was taken out of a wrapper, or put into one, before it was found: less sure than as it stands. */
  readonly isAdapted: boolean
}

/** What a tensor of a file of the format is in the models that it was made of. */
export interface OriginalName {
  /** As the other library calls it; several where models of one architecture differ. `*` stands for the numbers of all it stacks. */
  readonly names: readonly string[]
  /** It is a part of that tensor, which the format keeps in several. */
  readonly isPart: boolean
}

/** What converters into a format call the tensors of other libraries, as they publish it, and what they do to them. */
export interface PublishedNames {
  /** In the order of the publication: where a file has several, the last is meant. Empty: nothing is published. */
  candidates(name: string): readonly PublishedName[]
  /** The tensors of the format that one of the other library is split into, in order; empty where it is not. */
  splitInto(name: string): readonly string[]
  /** The other way round; null where it is not known what a tensor was. */
  originalOf(name: string): OriginalName | null
  /** Whose names those of the format are, and whose the original ones. */
  readonly converter: string
  readonly library: string
  /** What becomes of the values of a tensor of the format; null where they stay what they are. */
  convertedAs(name: string): ConvertedAs | null
  /** Whether the rows of q and k are laid so that rotary embeddings turn neighbours, whatever the other library does. */
  readonly turnsNeighbours: boolean
}
