import { isSdinspectError, SdinspectError } from '../../errors.ts'
import { compilePattern } from '../../model/names/pattern.ts'
import { suggestPattern } from '../../model/names/pattern-suggestion.ts'
import type { Report } from '../../model/report.ts'

/** Names that an operand is compared with. */
const mostNames = 200_000

/** Says of an operand that is no file, but fits tensors of the checkpoint before it, how tensors are chosen. */
export class MeantTensors {
  readonly #isAsked: boolean
  #first: Pick<Report, 'path' | 'stateDicts'> | null = null

  /** @param operands those of the call: of one there is nothing before it */
  constructor(operands: readonly string[]) {
    this.#isAsked = operands.length > 1
  }

  saw(report: Pick<Report, 'path' | 'stateDicts'>): void {
    if (this.#isAsked) this.#first ??= report
  }

  /** The error of an operand, with that hint where it is one about tensors. */
  explained(operand: string, error: unknown): unknown {
    if (this.#first === null || !isSdinspectError(error, 'source/not-found')) return error
    const pattern = patternOf(operand, this.#first)
    if (pattern === undefined) return error
    const { path } = this.#first
    return new SdinspectError(error.code, error.message, {
      file: error.file,
      hint: `of ${path} the tensors that fit a pattern are shown by --keep '${pattern}'`,
      cause: error.cause,
    })
  }
}

/** The pattern that was meant, spelled so that it fits. */
function patternOf(operand: string, { stateDicts }: Pick<Report, 'stateDicts'>): string | undefined {
  // A path, and what a shell would take apart.
  if (/[/\\']/.test(operand)) return undefined
  const names: string[] = []
  for (const { tensors } of stateDicts)
    for (const { name } of tensors) if (names.length < mostNames) names.push(name)
  try {
    return names.some(compilePattern(operand)) ? operand : suggestPattern(operand, names)
  } catch {
    return undefined
  }
}
