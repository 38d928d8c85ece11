import { quoted, SdinspectError } from '../errors.ts'

/** What numbers of a text are read as. */
export type NumberType = 'F64' | 'I64' | 'U64' | 'BOOL'

const readBytes = 65_536
const pieceNumbers = 8_192
/** Digits of the longest number: a double has 767 that can matter, and writers of exact decimals print them. */
const tokenBytes = 4_400

/**
 * The numbers of a run of JSON, nested lists of them or a single one, in the order they are written, each as a
 * little-endian element. The lists were read before: their shape is not looked at again.
 *
 * @param read gives a range of the text
 * @param length of the text, in bytes
 * @throws SdinspectError `format/malformed` for what is no number of that type
 */
export async function* numberPieces(
  read: (offset: number, length: number) => Promise<Uint8Array>,
  length: number,
  type: NumberType,
): AsyncGenerator<Uint8Array> {
  const width = type === 'BOOL' ? 1 : 8
  const output = new Uint8Array(pieceNumbers * width)
  const view = new DataView(output.buffer)
  const put = putters[type]
  let written = 0
  let token = ''
  let depth = 0
  for (let at = 0; at < length; at += readBytes) {
    const input = await read(at, Math.min(readBytes, length - at))
    for (let i = 0; i < input.length; i++) {
      const byte = input[i] as number
      const between = betweenNumbers[byte]
      if (between === undefined) {
        token += String.fromCharCode(byte)
        if (token.length > tokenBytes)
          throw malformed(`a number of more than ${tokenBytes} characters`, at + i)
        continue
      }
      if (token !== '') {
        put(view, written, token, at + i)
        written += width
        token = ''
        if (written === output.length) {
          yield output
          written = 0
        }
      }
      depth += between
    }
  }
  if (token !== '') {
    put(view, written, token, length)
    written += width
  }
  if (depth !== 0) throw malformed('the lists end before they are closed', length)
  if (written > 0) yield output.subarray(0, written)
}

/** What may stand between numbers, and how it changes the depth. */
const betweenNumbers: readonly (number | undefined)[] = (() => {
  const table: (number | undefined)[] = Array.from({ length: 256 }, () => undefined)
  for (const char of ' \t\n\r,') table[char.charCodeAt(0)] = 0
  table['['.charCodeAt(0)] = 1
  table[']'.charCodeAt(0)] = -1
  return table
})()

type Put = (view: DataView, at: number, token: string, offset: number) => void

const putInteger =
  (low: bigint, high: bigint, type: string): Put =>
  (view, at, token, offset) => {
    if (!/^-?[0-9]+$/.test(token)) throw malformed(`${quoted(token)} where an integer was`, offset)
    const value = BigInt(token)
    if (value < low || value > high) throw malformed(`${quoted(token)} is no ${type}`, offset)
    view.setBigUint64(at, BigInt.asUintN(64, value), true)
  }

const putters: Readonly<Record<NumberType, Put>> = {
  F64(view, at, token, offset) {
    const value = nonfinite.get(token) ?? (/^-?[0-9][0-9.eE+-]*$/.test(token) ? Number(token) : undefined)
    if (value === undefined || (Number.isNaN(value) && token !== 'NaN'))
      throw malformed(`${quoted(token)} where a number was`, offset)
    if (!Number.isFinite(value) && !nonfinite.has(token))
      throw malformed(`the number ${quoted(token)} is beyond a double`, offset)
    view.setFloat64(at, value, true)
  },
  I64: putInteger(-(2n ** 63n), 2n ** 63n - 1n, '64-bit integer'),
  U64: putInteger(0n, 2n ** 64n - 1n, 'unsigned 64-bit integer'),
  BOOL(view, at, token, offset) {
    if (token !== 'true' && token !== 'false')
      throw malformed(`${quoted(token)} where a truth value was`, offset)
    view.setUint8(at, token === 'true' ? 1 : 0)
  },
}

/** As json.dump of Python writes them. */
const nonfinite: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
])

function malformed(what: string, offset: number): SdinspectError {
  return new SdinspectError('format/malformed', `the list of numbers changed since it was read: ${what}`, {
    offset,
  })
}
