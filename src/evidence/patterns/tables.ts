import { dimensionsOf, distinct, isVector, largest, type Numbers, type Pattern } from './pattern.ts'

/** Numbers that a formula gives. */
export const progression: Pattern = {
  id: 'progression',
  text: 'evenly spaced, as those of arange and linspace',
  weight: 'series',
  fits(numbers) {
    const { values, tolerance } = numbers
    if (!isVector(numbers, 4)) return false
    const step = ((values.at(-1) as number) - (values[0] as number)) / (values.length - 1)
    const most = largest(values)
    if (!(Math.abs(step) > 4 * tolerance * most)) return false
    const first = values[0] as number
    return values.every((value, i) => Math.abs(value - first - i * step) <= tolerance * most)
  },
}

export const geometric: Pattern = {
  id: 'geometric',
  text: 'a geometric progression, as the inverse frequencies of rotary embeddings',
  weight: 'series',
  fits(numbers) {
    const { values, tolerance, isCoarse } = numbers
    if (!isVector(numbers, 4)) return false
    const [first, last] = [values[0] as number, values.at(-1) as number]
    if (!(first * last > 0) || first === last) return false
    const step = Math.log(last / first) / (values.length - 1)
    // A power is as far off as its exponent is large.
    const exponent = Math.max(1, Math.abs(Math.log(Math.abs(first))), Math.abs(Math.log(last / first)))
    const bound = 2 * tolerance * (isCoarse ? 1 : exponent)
    return (
      Math.abs(step) > 8 * tolerance &&
      values.every((value, i) => value / first > 0 && Math.abs(Math.log(value / first) - i * step) <= bound)
    )
  },
}

export const sinusoids: Pattern = {
  id: 'sinusoids',
  text: 'sines and cosines of evenly spaced angles',
  weight: 'table',
  fits(numbers) {
    const [rows = 0, columns = 0, ...more] = grid(numbers)
    if (more.length > 0 || rows < 3 || columns < 3 || largest(numbers.values) > 1 + numbers.tolerance)
      return false
    return waves(numbers, columns, rows, columns, 1) || waves(numbers, rows, columns, 1, columns)
  },
}

/** The last two lengths of more than one, the others taken together with the first of these. */
function grid(numbers: Numbers): readonly number[] {
  const dimensions = dimensionsOf(numbers)
  const columns = dimensions.at(-1) ?? 0
  return dimensions.length < 2 ? [] : [numbers.values.length / columns, columns]
}

/** Whether along every line each number and the one before give the next, as `s(k+1) = 2 cos(w) s(k) - s(k-1)`. */
function waves(
  { values, tolerance, isCoarse }: Numbers,
  lines: number,
  length: number,
  step: number,
  between: number,
): boolean {
  if (length < 5) return false
  // Angles grow with the position, and their rounding with them.
  const bound = tolerance * (isCoarse ? 4 : 32 * Math.sqrt(length))
  let moving = 0
  for (let line = 0; line < lines; line++) {
    const at = (k: number): number => values[line * between + k * step] as number
    let weight = 0
    let sum = 0
    for (let k = 1; k + 1 < length; k++) {
      weight += at(k) * at(k)
      sum += (at(k + 1) + at(k - 1)) * at(k)
    }
    if (weight === 0) continue
    const twice = sum / weight
    for (let k = 1; k + 1 < length; k++)
      if (Math.abs(at(k + 1) + at(k - 1) - twice * at(k)) > bound) return false
    if (Math.abs(at(length - 1) - at(0)) > bound || Math.abs(at(1) - at(0)) > bound) moving++
  }
  return moving * 3 >= lines && moving >= 2
}

export const window: Pattern = {
  id: 'window',
  text: 'a symmetric window, which rises to its middle and falls',
  weight: 'table',
  fits(numbers) {
    const { values, tolerance } = numbers
    if (!isVector(numbers, 5) || distinct(values, 2) < 3) return false
    const bound = tolerance * largest(values)
    if (!values.every((value) => value >= -bound)) return false
    // A periodic window lacks its last number.
    return [values, values.subarray(1)].some((own) => isSymmetricHill(own, bound))
  },
}

function isSymmetricHill(values: Float64Array, bound: number): boolean {
  const { length } = values
  for (let i = 0; i < length / 2; i++) {
    const value = values[i] as number
    if (Math.abs(value - (values[length - 1 - i] as number)) > bound) return false
    if (i > 0 && value < (values[i - 1] as number) - bound) return false
  }
  return true
}

export const kernel: Pattern = {
  id: 'kernel',
  text: 'one small kernel in every channel',
  weight: 'table',
  fits(numbers) {
    const dimensions = dimensionsOf(numbers)
    const { values, tolerance, shape } = numbers
    if (shape.length < 3 || dimensions.length < 2) return false
    const [height = 0, width = 0] = shape.slice(-2)
    const size = height * width
    if (size < 9 || distinct(values.subarray(0, size), 1) < 2) return false
    const bound = tolerance * largest(values)
    for (let at = 0; at < values.length; at += size)
      if (!isSymmetricKernel(values.subarray(at, at + size), height, width, bound)) return false
    return true
  },
}

/** As a blur is, and a derivative: the same, or the negative, from the other end. */
function isSymmetricKernel(values: Float64Array, height: number, width: number, bound: number): boolean {
  const last = height * width - 1
  return [1, -1].some((sign) =>
    values.every((value, i) => Math.abs(value - sign * (values[last - i] as number)) <= bound),
  )
}

export const repeats: Pattern = {
  id: 'repeats',
  text: 'the same row again and again',
  weight: 'hint',
  fits(numbers) {
    const [rows = 0] = dimensionsOf(numbers)
    const { values } = numbers
    const size = values.length / rows
    if (rows < 2 || size < 3 || distinct(values.subarray(0, size), 1) < 2) return false
    for (let i = size; i < values.length; i++) if (values[i] !== values[i - size]) return false
    return true
  },
}

export const filterBank: Pattern = {
  id: 'filter-bank',
  text: 'a bank of filters: bands that rise and fall, and 0 elsewhere',
  weight: 'table',
  fits(numbers) {
    const [rows = 0, columns = 0, ...more] = dimensionsOf(numbers)
    const { values } = numbers
    if (more.length > 0 || rows < 4 || columns < 4) return false
    let zeros = 0
    for (const value of values) {
      if (value < 0) return false
      if (value === 0) zeros++
    }
    if (zeros < values.length / 2 || zeros === values.length) return false
    return areBands(values, rows, columns, columns, 1) || areBands(values, columns, rows, 1, columns)
  },
}

/** Whether every line is 0, then rises, then falls, then is 0, and the bands follow each other. */
function areBands(
  values: Float64Array,
  lines: number,
  length: number,
  between: number,
  step: number,
): boolean {
  let before = -1
  let bands = 0
  let widest = 0
  for (let line = 0; line < lines; line++) {
    let first = -1
    let last = -1
    let falls = false
    for (let k = 0; k < length; k++) {
      const value = values[line * between + k * step] as number
      if (value === 0) continue
      if (last >= 0 && last !== k - 1) return false
      const previous = k === 0 ? 0 : (values[line * between + (k - 1) * step] as number)
      if (value < previous) falls = true
      else if (falls && value > previous) return false
      if (first < 0) first = k
      last = k
    }
    if (first < 0) continue
    if (first < before) return false
    before = first
    bands++
    widest = Math.max(widest, last - first + 1)
  }
  return bands >= 4 && widest >= 2 && widest <= length / 2
}

export const smooth: Pattern = {
  id: 'smooth',
  text: 'smooth to the last digit, as those of a formula',
  weight: 'series',
  fits(numbers) {
    const { values, tolerance, isCoarse } = numbers
    const columns = dimensionsOf(numbers).at(-1) ?? 0
    if (columns < 16 || distinct(values, 8) < 8) return false
    const bound = tolerance * (isCoarse ? 0.5 : 2) * largest(values)
    for (let at = 0; at < values.length; at += columns)
      if (roughness(values.subarray(at, at + columns)) > bound) return false
    return true
  },
}

/** The differences of the sixth order, of the size that noise of one gives them: 0 for what a polynomial gives nearby. */
function roughness(values: Float64Array): number {
  let rest = Float64Array.from(values)
  for (let order = 0; order < 6; order++)
    rest = Float64Array.from(
      { length: rest.length - 1 },
      (_, i) => (rest[i + 1] as number) - (rest[i] as number),
    )
  let sum = 0
  for (const value of rest) sum += value * value
  return Math.sqrt(sum / rest.length / 924)
}
