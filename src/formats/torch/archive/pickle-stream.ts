import { type PickleDocument, readPickle } from '../../../codec/pickle.ts'
import { PickleEnd } from '../../../codec/pickle-end.ts'
import type { PickleEvaluator } from '../../../codec/pickle-evaluator.ts'
import { type Limits, withinLimit } from '../../../limits.ts'
import type { Cursor } from '../../../source/cursor.ts'

/**
 * Reads the pickle that `cursor` is at, whose length nothing tells, and moves behind it if it could be read.
 *
 * @returns the document and the bytes it was read from, in which its offsets are
 */
export async function readPickleAt(
  cursor: Cursor,
  limits: Limits,
  what: string,
  evaluator?: PickleEvaluator,
): Promise<{ document: PickleDocument; window: Uint8Array }> {
  const end = new PickleEnd(limits)
  while (!end.isWithin(cursor.atHand) && !cursor.isLast) {
    withinLimit(limits, 'pickleBytes', cursor.atHand.length, `${what}: the size`, cursor.position)
    await cursor.more()
  }
  const window = cursor.atHand
  const document = readPickle(window, limits, what, evaluator)
  if (document.error === null) cursor.skip(document.end)
  return { document, window }
}
