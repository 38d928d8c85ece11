import type { Limits } from '../../limits.ts'
import type { Tensor } from '../../model/tensors/tensor.ts'
import type { DigestPiece } from '../digest.ts'
import type { DigestTask, PlainTensor } from './task.ts'
import type { TaskRunner } from './task-runner.ts'

/** Of small pieces that are one task. */
const mostBytes = 4 << 20
const mostPieces = 128

interface DigestWork {
  readonly limits: Limits
  tensor(tensor: Tensor, part: string | undefined): Promise<PlainTensor>
}

/** The hash of each piece in their order, by way of workers. */
export async function* workedDigests(
  pieces: Iterable<DigestPiece>,
  runner: TaskRunner,
  work: DigestWork,
): AsyncGenerator<string> {
  for await (const result of runner.inOrder(tasksOf(pieces, work))) yield* result
}

async function* tasksOf(
  pieces: Iterable<DigestPiece>,
  { limits, tensor }: DigestWork,
): AsyncGenerator<DigestTask> {
  let own: DigestTask['pieces'][number][] = []
  let bytes = 0
  const task = (): DigestTask => {
    const done = own
    own = []
    bytes = 0
    return { kind: 'digest', limits, pieces: done }
  }
  for (const { head, tensor: whole, part } of pieces) {
    const plain = await tensor(whole, part)
    const size = plain.bytes ?? 0
    if (own.length > 0 && bytes + size > mostBytes) yield task()
    own.push({ head, tensor: plain })
    bytes += size
    if (own.length === mostPieces) yield task()
  }
  if (own.length > 0) yield task()
}
