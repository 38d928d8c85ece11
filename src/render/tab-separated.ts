import type { Report, TensorReport } from '../model/report.ts'
import { shapeText } from './shape-text.ts'
import { printable } from './text.ts'

/**
 * What `ls` writes into a pipe: one tensor a line, tab separated, no titles: name, kind, dtype, shape,
 * elements, bytes, for `cut`, `sort` and `awk`. With `several` checkpoints the path comes before the name. Names are
 * escaped, so none of them is two lines or two fields, and never cut.
 */
export function* tabSeparated(report: Report, several: boolean): Generator<string> {
  const path = several ? `${printable(report.path)}\t` : ''
  for (const { tensors } of report.stateDicts)
    for (const tensor of tensors) yield `${path}${fields(tensor).join('\t')}\n`
}

function fields({ name, kind, dtype, shape, elements, bytes }: TensorReport): (string | number)[] {
  return [printable(name), kind, dtype ?? '', shapeText(shape), elements, bytes ?? '']
}
