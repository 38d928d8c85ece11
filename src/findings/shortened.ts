/** A name of a pickle, which can be of any length. */
export function shortened(name: string): string {
  return name.length <= 200 ? name : `${name.slice(0, 120)}…${name.slice(-60)}`
}
