/**
 * Compares names as people count: `layer.2` before `layer.10`. Digit runs compare by value, all else by
 * UTF-16 code unit, so the order does not depend on a locale.
 */
export function naturalOrder(a: string, b: string): number {
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(j)
    if (isDigit(x) && isDigit(y)) {
      const endA = digitsEnd(a, i)
      const endB = digitsEnd(b, j)
      const order = compareDigits(a.slice(i, endA), b.slice(j, endB))
      if (order !== 0) return order
      i = endA
      j = endB
    } else {
      if (x !== y) return x - y
      i++
      j++
    }
  }
  // Equal as counted (`a1`, `a01`): the text decides, so that the order is total.
  return a.length - i - (b.length - j) || (a < b ? -1 : a > b ? 1 : 0)
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

function digitsEnd(text: string, begin: number): number {
  let end = begin
  while (end < text.length && isDigit(text.charCodeAt(end))) end++
  return end
}

/** By value, without making a number of it: a run of digits may be longer than a double is exact. */
function compareDigits(a: string, b: string): number {
  const x = stripZeros(a)
  const y = stripZeros(b)
  if (x.length !== y.length) return x.length - y.length
  return x < y ? -1 : x > y ? 1 : 0
}

function stripZeros(digits: string): string {
  let begin = 0
  while (begin < digits.length - 1 && digits[begin] === '0') begin++
  return digits.slice(begin)
}
