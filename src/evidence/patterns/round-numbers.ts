import { dimensionsOf, distinct, isVector, largest, type Numbers, type Pattern } from './pattern.ts'

/** Numbers that are not computed from others: masks, counts, constants that a person wrote. */
export const infinite: Pattern = {
  id: 'infinite',
  text: 'infinite in part, as masks and bounds are',
  weight: 'never',
  fits({ values }) {
    let infinities = 0
    for (const value of values) {
      if (Number.isNaN(value)) return false
      if (!Number.isFinite(value)) infinities++
    }
    if (infinities === 0) return false
    // Training that diverged leaves some; a bound or a mask is nothing else beside.
    return values.length === 1 || distinct(values, 2) <= 2
  },
}

export const additiveMask: Pattern = {
  id: 'additive-mask',
  text: '0 and one large negative number, as those of a mask that is added',
  weight: 'never',
  fits: ({ values }) =>
    values.some((value) => value === 0) &&
    distinct(values, 2) === 2 &&
    values.every((value) => value === 0 || value <= -1e4),
}

export const oneHot: Pattern = {
  id: 'one-hot',
  text: 'one 1 in each row and 0 elsewhere',
  weight: 'series',
  fits(numbers) {
    const { values } = numbers
    const [rows = 0, columns = 0, ...more] = dimensionsOf(numbers)
    if (rows < 2 || columns < 2 || more.length > 0) return false
    for (let row = 0; row < rows; row++) {
      let ones = 0
      for (let column = 0; column < columns; column++) {
        const value = values[row * columns + column] as number
        if (value === 1) ones++
        else if (value !== 0) return false
      }
      if (ones !== 1) return false
    }
    return true
  },
}

export const mask: Pattern = {
  id: 'mask',
  text: '0 and 1 alone, as those of a mask',
  weight: 'series',
  fits: ({ values }) =>
    values.length >= 4 && distinct(values, 2) === 2 && values.every((value) => value === 0 || value === 1),
}

export const wholeNumbers: Pattern = {
  id: 'whole-numbers',
  text: 'whole numbers, stored as floats',
  weight: 'round',
  fits: ({ values, wholeFrom }) =>
    values.length >= 2 &&
    distinct(values, 1) > 1 &&
    // Where a type has no fractions left, every number is whole.
    largest(values) < wholeFrom &&
    values.every(Number.isInteger),
}

/** Digits that a person writes. */
const isShort = (value: number): boolean => Math.fround(Number(value.toPrecision(4))) === Math.fround(value)

export const shortDecimals: Pattern = {
  id: 'short-decimals',
  text: 'numbers of few digits, as a person writes them',
  weight: 'round',
  fits: ({ values, isCoarse }) =>
    !isCoarse && values.length >= 2 && distinct(values, 1) > 1 && values.every(isShort),
}

export const fewNumbers: Pattern = {
  id: 'few-numbers',
  text: 'a few numbers again and again',
  weight: 'hint',
  fits({ values, isCoarse }) {
    const own = values.filter((value) => value !== 0)
    return (
      !isCoarse && own.length >= 16 && distinct(own, 1) > 1 && distinct(own, own.length / 4) <= own.length / 4
    )
  },
}

export const constant: Pattern = {
  id: 'constant',
  text: 'one number throughout, which is none that parameters begin with',
  weight: 'hint',
  fits: ({ values }) => values.length >= 4 && distinct(values, 1) === 1 && !isInitial(values[0] as number),
}

export const roundScalar: Pattern = {
  id: 'round-scalar',
  text: 'one number of few digits, which is none that parameters begin with',
  weight: 'hint',
  fits: ({ values, isCoarse }) =>
    !isCoarse &&
    values.length < 4 &&
    distinct(values, 1) === 1 &&
    !isInitial(values[0] as number) &&
    isShort(values[0] as number),
}

/** 0, and powers of ten and of two: what a parameter is set to before it trains. */
function isInitial(value: number): boolean {
  const size = Math.abs(value)
  if (size === 0 || size === 1 || size === 0.5) return true
  const power = Math.log10(size)
  return Math.abs(power - Math.round(power)) < 1e-6
}

export const mostlyZero: Pattern = {
  id: 'mostly-zero',
  text: '0 for the most part',
  weight: 'hint',
  fits({ values }) {
    let zeros = 0
    for (const value of values) if (value === 0) zeros++
    return values.length >= 16 && zeros < values.length && zeros >= 0.75 * values.length
  },
}

export const sorted: Pattern = {
  id: 'sorted',
  text: 'in ascending or descending order, as bins and anchors are',
  weight: 'hint',
  fits(numbers: Numbers) {
    const { values } = numbers
    if (!isVector(numbers, 10)) return false
    const sign = Math.sign((values[1] as number) - (values[0] as number))
    for (let i = 1; i < values.length; i++)
      if (Math.sign((values[i] as number) - (values[i - 1] as number)) !== sign) return false
    return sign !== 0
  },
}
