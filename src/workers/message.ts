import { type ErrorCode, isSdinspectError, SdinspectError } from '../errors.ts'
import type { SharedFile } from '../source/source.ts'
import type { Task, TaskResults } from '../values/workers/task.ts'

// What threads say to each other.

/** To a worker. */
export interface Order {
  readonly task: Task
  readonly files: readonly { readonly name: string; readonly label: string; readonly shared: SharedFile }[]
}

/** From a worker. */
export type Answer =
  | { readonly kind: 'ready'; readonly version: string }
  | { readonly kind: 'read'; readonly name: string; readonly bytes: number }
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly error: SentError }
  /** It was told to stop. */
  | { readonly kind: 'left' }

/** What a worker is started with. */
export interface WorkerData {
  /** Not 0 when all are to stop. */
  readonly stop: Int32Array
}

/** An error as plain data: an `Error` loses its code on its way. */
export interface SentError {
  readonly code: ErrorCode | null
  readonly message: string
  readonly file?: string | undefined
  readonly offset?: number | undefined
  readonly tensor?: string | undefined
  readonly hint?: string | undefined
  readonly stack?: string | undefined
}

export function sentError(error: unknown): SentError {
  if (isSdinspectError(error)) {
    const { code, message, file, offset, tensor, hint } = error
    return { code, message, file, offset, tensor, hint }
  }
  if (error instanceof Error) return { code: null, message: error.message, stack: error.stack }
  return { code: null, message: String(error) }
}

export function receivedError({ code, message, stack, ...place }: SentError): Error {
  if (code !== null) return new SdinspectError(code, message, place)
  const error = new Error(message)
  if (stack !== undefined) error.stack = stack
  return error
}

/** A result with the errors in it as plain data. */
export function sentResult<T extends Task>({ kind }: T, result: TaskResults[T['kind']]): unknown {
  if (kind !== 'statistics') return result
  return (result as TaskResults['statistics']).map((one) =>
    'error' in one ? { error: sentError(one.error) } : one,
  )
}

export function receivedResult<T extends Task>({ kind }: T, result: unknown): TaskResults[T['kind']] {
  if (kind !== 'statistics') return result as TaskResults[T['kind']]
  return (result as readonly ({ readonly error: SentError } | object)[]).map((one) =>
    'error' in one ? { error: receivedError(one.error) } : one,
  ) as unknown as TaskResults[T['kind']]
}
