import { type Inspection, inspectionOf } from '../model/inspection.ts'
import type { Report } from '../model/report.ts'
import { shapeText } from './shape-text.ts'
import { printable } from './text.ts'

/** Lines are written together up to about this many characters. */
const pieceLength = 65_536

/**
 * What `ls` writes into a pipe: one tensor a line, tab separated, no titles: name, kind, dtype, shape,
 * elements, bytes, for `cut`, `sort` and `awk`. With `several` checkpoints the path comes before the name. Names are
 * escaped, so none of them is two lines or two fields, and never cut.
 */
export function* tabSeparated(report: Report, several: boolean): Generator<string> {
  const path = several ? `${printable(report.path)}\t` : ''
  for (const stateDict of report.stateDicts) {
    let piece = ''
    for (const line of lines(inspectionOf(stateDict))) {
      piece += path + line
      if (piece.length < pieceLength) continue
      yield piece
      piece = ''
    }
    yield piece
  }
}

function* lines({ table, verdicts, pool }: Inspection): Generator<string> {
  const { shapes, pool: shapePool } = table.columns
  const shapeTexts = shapePool.shapes.map(() => '')
  for (let index = 0; index < table.length; index++) {
    const shape = shapes[index] as number
    // Of shapes there are few.
    shapeTexts[shape] ||= shapeText(shapePool.shapes[shape] as readonly number[])
    const kind = pool[verdicts[index] as number]?.kind.answer
    yield `${printable(table.name(index))}\t${kind}\t${table.dtype(index) ?? ''}\t${shapeTexts[shape]}\t${table.elements(index)}\t${table.bytes(index) ?? ''}\n`
  }
}
