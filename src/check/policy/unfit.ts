/** A pattern that fits nothing, and one that was perhaps meant. */
export type Unfit = { pattern: string; near: string | null }

export function nearFix({ near }: Unfit): string | null {
  return near === null ? null : `did you mean ${JSON.stringify(near)}?`
}
