import type { Inspection } from '../model/inspection.ts'
import { dtypes } from '../model/tensors/dtype.ts'
import { Pairs } from '../model/tensors/hash.ts'
import { dtypeNames, unrecordedType } from '../model/tensors/tensor-table.ts'
import type { Verdict } from '../model/verdict.ts'

/** By type: whether its values are copied into those of another type without more ado. */
const isPlainType = dtypeNames.map((name) => !/^Q(I|U)/.test(name) && dtypes[name].bits >= 8)

/** Which tensors of two state dicts are the same but for their names, told by the numbers in their columns. */
export class SameTensors {
  readonly #a: Inspection
  readonly #b: Inspection
  /** By shape of `a`: the number of the same in `b`; -1 for none. */
  readonly #shapes: Int32Array
  readonly #answers = new Pairs()
  readonly #areSame: boolean[] = []

  constructor(a: Inspection, b: Inspection) {
    this.#a = a
    this.#b = b
    const [poolA, poolB] = [a.table.columns.pool, b.table.columns.pool]
    this.#shapes = Int32Array.from(poolA.shapes, (shape, id) => (poolA === poolB ? id : poolB.idOf(shape)))
  }

  /** Whether both are dense, and their shapes and names of storage the same. */
  #isAlike(a: number, b: number): boolean {
    const [one, other] = [this.#a.table.columns, this.#b.table.columns]
    return (
      this.#shapes[one.shapes[a] as number] === other.shapes[b] &&
      !(one.representations?.has(a) || other.representations?.has(b))
    )
  }

  /**
   * Whether nothing is different between tensor `a` of the one and `b` of the other. False also where only the tensors
   * themselves can say.
   */
  hasNoChange(a: number, b: number): boolean {
    const [one, other] = [this.#a.table.columns, this.#b.table.columns]
    if (!this.#isAlike(a, b) || one.ties.has(a) || other.ties.has(b)) return false
    const [typeA, typeB] = [one.dtypes[a] as number, other.dtypes[b] as number]
    if (typeA !== typeB && typeA !== unrecordedType && typeB !== unrecordedType) return false
    const [schemeA, schemeB] = [this.#a.quantisations.at(a)?.scheme, this.#b.quantisations.at(b)?.scheme]
    if (schemeA !== schemeB) return false
    const key = this.#answers.id(this.#a.verdicts[a] as number, this.#b.verdicts[b] as number)
    this.#areSame[key] ??= isSameVerdict(this.#a.verdict(a), this.#b.verdict(b))
    return this.#areSame[key] as boolean
  }

  /** Whether torch copies tensor `a` into `b` for all that columns tell: dense, of one shape, of plain types. */
  isCopied(a: number, b: number): boolean {
    const [one, other] = [this.#a.table.columns, this.#b.table.columns]
    return this.#isAlike(a, b) && isPlain(one.dtypes[a] as number) && isPlain(other.dtypes[b] as number)
  }
}

const isPlain = (type: number) => isPlainType[type] !== false

function isSameVerdict(a: Verdict, b: Verdict): boolean {
  const [x, y] = [a.trainable.answer, b.trainable.answer]
  return a.kind.answer === b.kind.answer && (x === y || x === 'unknown' || y === 'unknown')
}
