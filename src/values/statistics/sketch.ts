// A signed logarithmic sketch: each octave in 64 cells of one width, so the middle of a cell is as near as 1/128 of the
// value to all that is in it. Cells are numbered in the order of values, so counts of two sketches are added.

const float = new Float64Array(1)
const words = new Uint32Array(float.buffer)
/** Which of the two words of a double has its sign. */
const high = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0

export const cellsOfOctave = 64
/** Octaves of the subnormal doubles: before them all comes zero, and the first cell of the first octave is `cellsOfOctave`. */
const subnormalOctaves = 52
/** The cells of normal doubles are by their highest bits, and so much further. */
export const normalCells = subnormalOctaves * cellsOfOctave
/** Cells of the positive doubles, with zero. */
export const cellsOfSign = (1 << 17) + normalCells

/** The most by which the middle of a cell differs from what is in it, as a part of its value. */
export const sketchError = 1 / 128

/** The cell of a finite number: 0 for zero, negative for negative ones. */
export function cellOf(value: number): number {
  float[0] = value
  const word = words[high] as number
  if ((word & 0x7ff0_0000) === 0) {
    if (value === 0) return 0
    // Exact, and normal.
    const cell = cellOf(value * 2 ** subnormalOctaves)
    return value < 0 ? cell + normalCells : cell - normalCells
  }
  const cell = ((word & 0x7fff_ffff) >>> 14) + normalCells
  return word >>> 31 === 1 ? -cell : cell
}

/** The end of a cell that is nearer to zero. */
function edgeOf(cell: number): number {
  const isNormal = cell >= normalCells + cellsOfOctave
  words[1 - high] = 0
  words[high] = (isNormal ? cell - normalCells : cell) << 14
  return isNormal ? (float[0] as number) : (float[0] as number) / 2 ** subnormalOctaves
}

/** The middle of a cell. */
export function middleOf(cell: number): number {
  if (cell === 0) return 0
  const magnitude = Math.abs(cell)
  const inner = edgeOf(magnitude)
  const outer = edgeOf(magnitude + 1)
  const middle = Number.isFinite(outer) ? inner + (outer - inner) / 2 : inner
  return cell < 0 ? -middle : middle
}

/** The power of two at or below the values of a cell that is not 0. */
export function octaveOf(cell: number): number {
  return Math.floor(Math.abs(cell) / cellsOfOctave) - subnormalOctaves - 1_023
}
