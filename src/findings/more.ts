/** Tensors beyond the number that is told one by one. */
export type More = { more: number }

/** `12 more tensors have another shape`. */
export function moreText({ more }: More, what: string): string {
  return `${more} more tensors ${what}`
}
