const isDigit = (code: number) => code >= 48 && code <= 57

/** Past the zeros that start the digits at `at`; the last digit stays. */
function afterZeros(text: string, at: number): number {
  let next = at
  while (text.charCodeAt(next) === 48 && isDigit(text.charCodeAt(next + 1))) next++
  return next
}

function digitsEnd(text: string, at: number): number {
  let end = at
  while (isDigit(text.charCodeAt(end))) end++
  return end
}

/** Orders names as people count: `layer2` before `layer10`. Otherwise by UTF-16 code unit, so it is the same everywhere. */
export function naturalCompare(a: string, b: string): number {
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(j)
    if (isDigit(x) && isDigit(y)) {
      i = afterZeros(a, i)
      j = afterZeros(b, j)
      const iEnd = digitsEnd(a, i)
      const jEnd = digitsEnd(b, j)
      if (iEnd - i !== jEnd - j) return iEnd - i - (jEnd - j)
      for (; i < iEnd; i++, j++) {
        const difference = a.charCodeAt(i) - b.charCodeAt(j)
        if (difference !== 0) return difference
      }
    } else if (x !== y) return x - y
    else {
      i++
      j++
    }
  }
  const rest = a.length - i - (b.length - j)
  if (rest !== 0) return rest
  return a < b ? -1 : a > b ? 1 : 0
}
