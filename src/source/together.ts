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
