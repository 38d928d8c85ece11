import type { EntryReport } from '../model/entries.ts'
import type { TensorReport, ValueReport } from '../model/report.ts'
import type { RepresentationReport } from '../model/representation.ts'
import { sameShape } from '../model/shape.ts'
import { leafName } from '../model/tree.ts'
import { type CopyRefusal, copyRefusal, takesAnyShape } from './copy-refusal.ts'
import type { Mismatch, Refused } from './difference.ts'

/** What becomes of the entries that checkpoint and model both have, in the order of the model. */
export class Copies {
  readonly mismatched: Mismatch[] = []
  readonly refused: Refused[] = []
  readonly undecided: string[] = []
  readonly otherParts: string[] = []
  readonly unknownParts: string[] = []
  fatal: string | null = null
  converted = 0

  add(checkpoint: EntryReport, model: EntryReport): void {
    const { name } = model.tensor ?? model.value
    // What a module does with its extra state is its own; packed parameters have a class that knows them.
    if (leafName(name) === '_extra_state' || (checkpoint.value !== undefined && model.value !== undefined))
      return
    if (model.tensor === undefined) this.undecided.push(name)
    else if (checkpoint.tensor === undefined) this.#refuse(name, noTensor(checkpoint.value))
    else this.#copy(checkpoint.tensor, model.tensor)
  }

  #copy(checkpoint: TensorReport, model: TensorReport): void {
    const { name } = model
    if (!takesAnyShape(checkpoint, model) && !fits(checkpoint.shape, model.shape)) {
      this.mismatched.push({ name, checkpoint: checkpoint.shape, model: model.shape })
      return
    }
    const refusal = copyRefusal(checkpoint, model)
    if (refusal === 'unknown') this.undecided.push(name)
    else if (refusal?.raw) this.fatal ??= refusal.reason
    else if (refusal !== null) this.#refuse(name, exception(refusal, checkpoint, model))
    else {
      if (checkpoint.dtype !== model.dtype && checkpoint.dtype !== null && model.dtype !== null)
        this.converted++
      this.#compareParts(name, checkpoint.representation, model.representation)
    }
  }

  #refuse(name: string, reason: string): void {
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

function noTensor({ type }: ValueReport): string {
  const what = type === null ? 'something else' : `<class '${type}'>`
  return `expected torch.Tensor or Tensor-like object from checkpoint but received ${what}`
}

function exception({ reason }: CopyRefusal, checkpoint: TensorReport, model: TensorReport): string {
  return (
    `whose dimensions in the model are ${size(model.shape)} and whose dimensions in the checkpoint are ` +
    `${size(checkpoint.shape)}, an exception occurred : (${pythonText(reason)},).`
  )
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
