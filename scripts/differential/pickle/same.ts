import type { Listed } from './ours.ts'

/** Whether what is shown is what each unpickler that takes the stream lists. */
export function isSame(
  shown: readonly Listed[],
  answers: readonly (readonly Listed[] | 'too much' | null)[],
): boolean {
  const text = JSON.stringify(shown)
  return answers.every(
    (answer) => answer === null || answer === 'too much' || JSON.stringify(answer) === text,
  )
}
