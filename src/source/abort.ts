/** Those who wait until one signal comes. However many they are, they listen as one. */
class Waiting {
  readonly #signal: AbortSignal
  readonly #rejects = new Set<(reason: unknown) => void>()

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  add(reject: (reason: unknown) => void): void {
    if (this.#rejects.size === 0) this.#signal.addEventListener('abort', this.#end)
    this.#rejects.add(reject)
  }

  remove(reject: (reason: unknown) => void): void {
    this.#rejects.delete(reject)
    if (this.#rejects.size === 0) this.#signal.removeEventListener('abort', this.#end)
  }

  readonly #end = (): void => {
    for (const reject of [...this.#rejects]) reject(this.#signal.reason)
  }
}

const waiting = new WeakMap<AbortSignal, Waiting>()

function waitingFor(signal: AbortSignal): Waiting {
  let found = waiting.get(signal)
  if (found === undefined) {
    found = new Waiting(signal)
    waiting.set(signal, found)
  }
  return found
}

/**
 * Calls `act` when the signal comes, or now if it has.
 *
 * @returns what takes that back
 */
export function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  if (signal === undefined) return () => {}
  if (signal.aborted) act()
  const others = waitingFor(signal)
  others.add(act)
  return () => others.remove(act)
}

/** `work`, given up when the signal comes. What it still brings is nobody's, an error too. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  const others = waitingFor(signal)
  return new Promise<T>((resolve, reject) => {
    const end = (reason: unknown): void => {
      others.remove(end)
      reject(reason)
    }
    if (signal.aborted) reject(signal.reason)
    else others.add(end)
    work.then(
      (result) => {
        others.remove(end)
        resolve(result)
      },
      (error) => end(error),
    )
  })
}

/**
 * The chunks of a stream. A signal ends the wait for the next one and leaves the stream.
 *
 * @throws the signal's reason
 */
export async function* chunksUntilAborted<T>(
  stream: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T> {
  const chunks = stream[Symbol.asyncIterator]()
  let isOver = false
  try {
    for (;;) {
      const { done, value } = await untilAborted(chunks.next(), signal)
      isOver = done === true
      if (isOver) return
      yield value
    }
  } finally {
    // A stream that keeps us waiting may do so here too, so nobody waits.
    if (!isOver) Promise.resolve(chunks.return?.()).catch(() => {})
  }
}

/**
 * Lets timers and signals of the system have their turn. Twice, as after long work the first timer is due at once,
 * before anybody has looked for signals.
 */
export async function breathe(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setTimeout(resolve, 0))
}
