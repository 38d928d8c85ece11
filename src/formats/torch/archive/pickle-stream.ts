import { type PickleDocument, readPickle } from '../../../codec/pickle.ts'
import type { PickleEvaluator } from '../../../codec/pickle-evaluator.ts'
import { type Limits, withinLimit } from '../../../limits.ts'
import type { ByteSource } from '../../../source/source.ts'

const firstWindow = 65_536

/**
 * Reads the pickle that starts at `offset` of a file, whose length nothing tells: a window on the file is
 * doubled until the stream ends inside it.
 *
 * @returns the document and the bytes of the window, in which the document's offsets are
 */
export async function readPickleAt(
  source: ByteSource,
  offset: number,
  limits: Limits,
  what: string,
  evaluator?: PickleEvaluator,
): Promise<{ document: PickleDocument; window: Uint8Array }> {
  for (let length = firstWindow; ; length *= 2) {
    const available = Math.min(length, source.size - offset)
    const window = await source.read(offset, available)
    const document = readPickle(window, limits, what, evaluator)
    if (document.error?.code !== 'format/truncated' || available === source.size - offset)
      return { document, window }
    withinLimit(limits, 'pickleBytes', length, `${what}: the size`, offset)
  }
}
