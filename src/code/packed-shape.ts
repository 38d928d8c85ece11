import type { Quantisation } from '../model/report.ts'

/**
 * What a packed tensor stands for, in terms of its own shape, so that layers of other sizes are told in the same words:
 * `stands for [columns, 8 × rows]`. null where it stands for itself, or for nothing, as scales do.
 */
export function standsFor(
  { logicalElements, logicalShape }: Quantisation,
  shape: readonly number[],
): string | null {
  if (logicalElements === null) return 'packed, of a width that does not follow'
  if (logicalElements === 0 || logicalShape?.join() === shape.join()) return null
  if (logicalShape !== undefined && shape.length === 2 && logicalShape.length === 2) {
    const [rows, columns] = shape as readonly [number, number]
    const [out, inputs] = logicalShape as readonly [number, number]
    if (out === rows && isTimes(inputs, columns)) return `stands for [rows, ${inputs / columns} x columns]`
    if (out === columns && isTimes(inputs, rows)) return `stands for [columns, ${inputs / rows} x rows]`
    if (inputs === columns && isTimes(out, rows)) return `stands for [${out / rows} x rows, columns]`
  }
  if (logicalShape !== undefined) return `stands for [${logicalShape.join(', ')}]`
  return `stands for ${logicalElements} weights`
}

function isTimes(whole: number, part: number): boolean {
  return part > 0 && whole % part === 0
}
