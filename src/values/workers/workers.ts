import type { LentFile } from '../open-files.ts'
import type { Task, TaskResults } from './task.ts'

/** Other threads that read values and compute. Who started them ends them. */
export interface Workers {
  /** How many there are: tasks that are done at once. */
  readonly count: number
  /** Of a tensor that is cut. Default: as many as are worth it. */
  readonly pieceBytes?: number | undefined
  /**
   * Does a task in one of them.
   *
   * @param files all that it reads, by their names in the checkpoint; they stay open until this settles
   * @returns null where the thread that did it ended before its time: nothing is known of the task
   * @throws what doing it throws; the reason of `signal`, once the task is left
   */
  run<T extends Task>(
    task: T,
    files: ReadonlyMap<string, LentFile>,
    signal?: AbortSignal | undefined,
  ): Promise<TaskResults[T['kind']] | null>
}

/** Nobody: all is done in this thread. */
export const noWorkers: Workers = { count: 0, run: async () => null }
