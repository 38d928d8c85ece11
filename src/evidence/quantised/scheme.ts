import type { Answer, Kind, Trainable } from '../../model/verdict.ts'
import type { ModuleView } from '../module-view.ts'
import type { OwnTensor } from '../own-tensors.ts'
import type { Claims, Subject } from '../source.ts'

/** A quantised layout: how one producer packs the weights of a module. Register it in `quantised/index.ts`. */
export interface QuantisedScheme {
  readonly id: string
  /** Makes its claims about a module and says whether the module is of this layout. */
  collect(view: ModuleView, subject: Subject, claims: Claims): boolean
}

const cache = new Map<string, Answer<string>>()

function shared<T extends string>(answer: T, reason: string): Answer<T> {
  const key = `${answer} ${reason}`
  let made = cache.get(key) as Answer<T> | undefined
  if (made === undefined) {
    made = { answer, level: 'recognised', reason, source: 'quantised' }
    cache.set(key, made)
  }
  return made
}

/** Claims for the tensors of one quantised module, said to be of `scheme`. */
export class SchemeClaims {
  readonly #claims: Claims
  readonly #scheme: string

  constructor(claims: Claims, scheme: string) {
    this.#claims = claims
    this.#scheme = scheme
  }

  /** The packed weight: `logical` weights stand behind it. */
  weight(
    own: OwnTensor,
    kind: Kind,
    trainable: Trainable | null,
    logical: number | null,
    shape?: readonly number[],
  ): void {
    this.#say(own, kind, trainable, `packed weight of a ${this.#scheme} layer`)
    this.#claims.quantised(own.index, this.#scheme, logical, shape)
  }

  /** Scales, zero points, group indices, codebooks: nothing a model's author counts. */
  bookkeeping(own: OwnTensor | undefined, kind: Kind, trainable: Trainable | null = 'no'): void {
    if (own === undefined) return
    this.#say(own, kind, trainable, `bookkeeping of a ${this.#scheme} layer`)
    this.#claims.quantised(own.index, this.#scheme, 0)
  }

  /** An unpacked tensor that the layer holds besides: its bias. */
  plain(own: OwnTensor | undefined, kind: Kind, trainable: Trainable | null): void {
    if (own === undefined) return
    this.#say(
      own,
      kind,
      trainable,
      kind === 'buffer'
        ? `a ${this.#scheme} layer registers its bias as a buffer`
        : `bias of a ${this.#scheme} layer`,
    )
    if (kind !== 'parameter') this.#claims.quantised(own.index, this.#scheme, own.tensor.elements)
  }

  #say(own: OwnTensor, kind: Kind, trainable: Trainable | null, reason: string): void {
    this.#claims.kind(own.index, shared(kind, reason))
    if (trainable !== null) this.#claims.trainable(own.index, shared(trainable, reason))
  }
}
