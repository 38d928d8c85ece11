import { type Inspection, inspectionOf } from '../model/inspection.ts'
import type { Report, ValueReport } from '../model/report.ts'
import type { RepresentationReport } from '../model/tensors/representation.ts'
import { representationText } from '../model/tensors/representation-text.ts'
import { shapeText } from './shape-text.ts'
import { printable } from './text.ts'

/** Lines are written together up to about this many characters. */
const pieceLength = 65_536

/**
 * What `ls` writes into a pipe: one entry a line, tab separated, no titles: name, kind, dtype, shape,
 * elements, bytes, for `cut`, `sort` and `awk`; then how the values are kept where that is not dense, and of an entry
 * that is no tensor only what it is. With `several` checkpoints the path comes before the name. Names are
 * escaped, so none of them is two lines or two fields, and never cut.
 */
export function* tabSeparated(report: Report, several: boolean): Generator<string> {
  const path = several ? `${printable(report.path)}\t` : ''
  for (const stateDict of report.stateDicts) {
    let piece = ''
    for (const line of lines(inspectionOf(stateDict), stateDict.values ?? [])) {
      piece += path + line
      if (piece.length < pieceLength) continue
      yield piece
      piece = ''
    }
    yield piece
  }
}

function* lines({ table, verdicts, pool }: Inspection, values: readonly ValueReport[]): Generator<string> {
  const { shapes, pool: shapePool, representations } = table.columns
  const shapeTexts = shapePool.shapes.map(() => '')
  let next = 0
  for (let index = 0; index < table.length; index++) {
    for (; (values[next]?.position ?? Number.POSITIVE_INFINITY) <= index; next++)
      yield valueLine(values[next] as ValueReport)
    const shape = shapes[index] as number
    // Of shapes there are few.
    shapeTexts[shape] ||= shapeText(shapePool.shapes[shape] as readonly number[])
    const kind = pool[verdicts[index] as number]?.kind.answer
    const kept = representations?.get(index) as RepresentationReport | undefined
    const keptAs = kept === undefined ? '' : `\t${printable(representationText(kept))}`
    yield `${printable(table.name(index))}\t${kind}\t${table.dtype(index) ?? ''}\t${shapeTexts[shape]}\t${table.elements(index)}\t${table.bytes(index) ?? ''}${keptAs}\n`
  }
  for (; next < values.length; next++) yield valueLine(values[next] as ValueReport)
}

function valueLine({ name, kind, description }: ValueReport): string {
  return `${printable(name)}\t${kind}\t\t\t\t\t${printable(description)}\n`
}
