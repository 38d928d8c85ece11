/**
 * What all of `works` give, in their order, once all of them are done: nothing is left running, and what each
 * opened it has closed.
 *
 * @throws what the first of them by order threw, whichever failed first
 */
export async function together<T extends readonly unknown[]>(
  works: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T>
export async function together<T>(works: readonly Promise<T>[]): Promise<T[]>
export async function together(works: readonly Promise<unknown>[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(works)
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
}

/**
 * What `work` gives for each of `items`, in their order, with at most `width` of them under way at once. After a
 * failure no other is begun, and it is thrown when those under way are done. As they begin in order, it is the
 * first failure by order, whichever came first.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array(items.length)
  let next = 0
  const failures: { readonly index: number; readonly error: unknown }[] = []
  const worker = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const index = next++
      try {
        results[index] = await work(items[index] as T, index)
      } catch (error) {
        failures.push({ index, error })
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker))
  failures.sort((a, b) => a.index - b.index)
  for (const { error } of failures) throw error
  return results
}
