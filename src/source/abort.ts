/** `work`, given up when the signal comes. What it still brings is nobody's, an error too. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  let abort = (): void => {}
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        abort = () => reject(signal.reason)
        if (signal.aborted) abort()
        else signal.addEventListener('abort', abort)
      }),
    ])
  } finally {
    signal.removeEventListener('abort', abort)
  }
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
