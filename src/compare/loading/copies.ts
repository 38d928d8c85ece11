import type { EntryReport } from '../../model/entries.ts'
import { leafName } from '../../model/modules/tree.ts'
import type { TensorReport, ValueReport } from '../../model/report.ts'
import type { RepresentationReport } from '../../model/tensors/representation.ts'
import { sameShape } from '../../model/tensors/shape.ts'
import type { Mismatch, Refused } from '../difference.ts'
import {
  assignRefusal,
  type CopyRefusal,
  copyRefusal,
  notRowByRow,
  overlap,
  takesAnyShape,
} from './copy-refusal.ts'

/** What becomes of the entries that checkpoint and model both have, in the order of the model. */
export class Copies {
  readonly mismatched: Mismatch[] = []
  readonly refused: Refused[] = []
  readonly undecided: string[] = []
  readonly otherParts: string[] = []
  readonly unknownParts: string[] = []
  /** What torch raises at once. */
  fatal: { readonly type: string; readonly message: string } | null = null
  converted = 0
  copied = 0
  readonly #assign: boolean
  readonly #expanded: ReadonlySet<string>
  readonly #arrays: ReadonlySet<string>
  readonly #strided: ReadonlySet<string>
  readonly #wrapsParameters: boolean

  /**
   * @param assign tensors take the place of those of the model, and are not copied
   * @param expanded names of tensors of the model whose elements share memory
   * @param arrays names in the checkpoint of NumPy arrays
   * @param strided names in the checkpoint of tensors that do not lie row by row
   * @param wrapsParameters whether what is assigned to a parameter is made one; a scripted module has plain tensors
   */
  constructor({
    assign,
    expanded,
    arrays,
    strided,
    wrapsParameters = true,
  }: {
    readonly assign: boolean
    readonly expanded: ReadonlySet<string>
    readonly arrays: ReadonlySet<string>
    readonly strided: ReadonlySet<string>
    readonly wrapsParameters?: boolean
  }) {
    this.#wrapsParameters = wrapsParameters
    this.#strided = strided
    this.#arrays = arrays
    this.#assign = assign
    this.#expanded = expanded
  }

  /** An entry whose value the module makes itself. */
  count(): void {
    this.copied++
  }

  /** A line of torch's message that a module writes. */
  tell(line: string): void {
    this.#refuse(null, line)
  }

  add(checkpoint: EntryReport, model: EntryReport, anyShape = false): void {
    const { name } = model.tensor ?? model.value
    // What a module does with its extra state is its own; packed parameters have a class that knows them.
    if (leafName(name) === '_extra_state' || (checkpoint.value !== undefined && model.value !== undefined))
      this.copied++
    else if (model.tensor === undefined) this.undecided.push(name)
    else if (checkpoint.tensor === undefined) {
      const { type } = checkpoint.value
      // A lazy module asks for the shape before anybody asks whether it is a tensor.
      if (model.tensor.representation?.kind !== 'uninitialised' || isNumpy(type))
        this.#refuse(name, noTensor(type))
      else if (type === null) this.undecided.push(name)
      else
        this.fatal ??= {
          type: 'AttributeError',
          message: `'${type.replace(/^builtins\./, '')}' object has no attribute 'shape'`,
        }
    } else if (this.#arrays.has(checkpoint.tensor.name)) this.#refuse(name, noTensor('numpy.ndarray'))
    else this.#copy(checkpoint.tensor, model.tensor, anyShape)
  }

  #copy(checkpoint: TensorReport, model: TensorReport, anyShape: boolean): void {
    const { name } = model
    const [from, to] = [torchShape(checkpoint), torchShape(model)]
    if (!anyShape && !takesAnyShape(checkpoint, model) && !fits(from, to)) {
      this.mismatched.push({ name, checkpoint: from, model: to })
      return
    }
    const refusal = this.#assign
      ? this.#wrapsParameters
        ? assignRefusal(checkpoint, model)
        : null
      : (copyRefusal(checkpoint, model) ?? this.#placeRefusal(checkpoint, model))
    if (refusal === 'unknown') this.undecided.push(name)
    else if (refusal?.raw) this.fatal ??= { type: 'RuntimeError', message: refusal.reason }
    else if (refusal !== null) this.#refuse(name, exception(refusal, checkpoint, model))
    else {
      this.copied++
      if (checkpoint.dtype !== model.dtype && checkpoint.dtype !== null && model.dtype !== null)
        this.converted++
      this.#compareParts(name, checkpoint.representation, model.representation)
    }
  }

  /** What depends on how the elements lie in memory. */
  #placeRefusal(checkpoint: TensorReport, model: TensorReport): CopyRefusal | null {
    if (this.#expanded.has(model.name)) return overlap
    const isQuantised = (kept: RepresentationReport | undefined) => kept?.kind === 'quantised'
    return isQuantised(model.representation) &&
      !isQuantised(checkpoint.representation) &&
      this.#strided.has(checkpoint.name)
      ? notRowByRow
      : null
  }

  #refuse(name: string | null, reason: string): void {
    this.refused.push({ name, position: this.mismatched.length, reason })
  }

  #compareParts(
    name: string,
    a: RepresentationReport | undefined,
    b: RepresentationReport | undefined,
  ): void {
    if (a?.kind !== 'shard' || b?.kind !== 'shard' || isWhole(a) || isWhole(b)) return
    if (a.offsets === undefined || b.offsets === undefined) this.unknownParts.push(name)
    else if (!sameShape(a.offsets, b.offsets) || !sameShape(a.localShape, b.localShape))
      this.otherParts.push(name)
  }
}

/** Whether the part of one process is all of the tensor. */
function isWhole({ globalShape, localShape }: Extract<RepresentationReport, { kind: 'shard' }>): boolean {
  return globalShape !== undefined && sameShape(globalShape, localShape)
}

function noTensor(type: ValueReport['type']): string {
  const what = type === null ? 'something else' : `<class '${type}'>`
  return `expected torch.Tensor or Tensor-like object from checkpoint but received ${what}`
}

function exception({ reason }: CopyRefusal, checkpoint: TensorReport, model: TensorReport): string {
  return (
    `whose dimensions in the model are ${size(lazyShape(checkpoint, model))} and whose dimensions in the checkpoint are ` +
    `${size(torchShape(checkpoint))}, an exception occurred : (${pythonText(reason)},).`
  )
}

const isNumpy = (type: string | null): boolean => type?.startsWith('numpy.') === true

/** An uninitialised tensor has taken the shape of what it is given by then. */
function lazyShape(checkpoint: TensorReport, model: TensorReport): readonly number[] {
  return torchShape(model.representation?.kind === 'uninitialised' ? checkpoint : model)
}

/** torch counts the elements of `float4_e2m1fn_x2` in pairs, and knows nothing of what ZeRO says a placeholder is of. */
function torchShape({ dtype, shape, representation }: TensorReport): readonly number[] {
  if (representation?.kind === 'shard' && representation.of === 'ZeRO')
    return representation.parts.some(({ name }) => name === 'fragment') ? [0] : representation.localShape
  return dtype === 'F4' && shape.length > 0 ? [...shape.slice(0, -1), (shape.at(-1) as number) / 2] : shape
}

/** A text as Python shows it in a tuple. */
function pythonText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote
}

/** A shape as torch prints it. */
export function size(shape: readonly number[]): string {
  return `torch.Size([${shape.join(', ')}])`
}

/** torch takes a list of one for a number, as torch 0.3 saved numbers so. */
function fits(checkpoint: readonly number[], model: readonly number[]): boolean {
  return (
    sameShape(checkpoint, model) || (model.length === 0 && checkpoint.length === 1 && checkpoint[0] === 1)
  )
}
