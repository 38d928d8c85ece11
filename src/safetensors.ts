/**
 * Reads safetensors headers by every rule of the format. Runs in a browser.
 *
 * @packageDocumentation
 */
import { quoted, SdinspectError } from './errors.ts'
import { near } from './formats/near.ts'
import type { Header } from './formats/safetensors/header.ts'
import { readHeader } from './formats/safetensors/read-header.ts'
import { defaultLimits, type Limits } from './limits.ts'
import type { Tensor } from './model/tensors/tensor.ts'
import { blobSource } from './source/blob.ts'
import { memorySource } from './source/memory.ts'
import type { ByteSource, RangeOptions } from './source/source.ts'
import { Watch } from './source/watch.ts'

export { type ErrorCode, errorCodes, isSdinspectError, SdinspectError } from './errors.ts'
export { type Header, type HeaderOptions, parseHeader } from './formats/safetensors/header.ts'
export { defaultLimits, type LimitName, type Limits } from './limits.ts'
export type { Finding } from './model/finding.ts'
export { type DType, type DTypeInfo, dtypes } from './model/tensors/dtype.ts'
export type { Tensor } from './model/tensors/tensor.ts'
export type { Box, Chunk, Layer } from './model/values/chunk.ts'
export type { NoValues, Values } from './model/values/values.ts'
export { blobSource } from './source/blob.ts'
export { memorySource } from './source/memory.ts'
export type { ByteSource, RangeOptions } from './source/source.ts'

export interface ReadSafetensorsOptions {
  readonly limits?: Partial<Limits>
  /** Ends the reading of the header: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** A safetensors file whose header has been read and checked against its size. */
export interface SafetensorsFile extends Header {
  /**
   * The stored bytes of a tensor: little-endian, row-major. Nothing is read before it is asked for.
   *
   * @throws SdinspectError `usage/arguments` when the file has no such tensor, `source/*`; the signal's reason
   */
  read(tensor: string | Tensor, options?: RangeOptions): Promise<Uint8Array>
}

/**
 * Reads the header of a safetensors file and nothing else.
 *
 * @param input bytes, a Blob or File, or anything that reads ranges of bytes
 * @throws SdinspectError `format/*` when the file breaks a rule, `limit/exceeded`, `source/*`; the signal's reason
 */
export async function readSafetensors(
  input: Uint8Array | Blob | ByteSource,
  options: ReadSafetensorsOptions = {},
): Promise<SafetensorsFile> {
  const given = sourceOf(input)
  try {
    const source = new Watch().source(given)
    const header = await readHeader(
      headerSource(given, options.signal),
      { ...defaultLimits, ...options.limits },
      source.name,
    )
    const { tensors } = header
    return {
      ...header,
      async read(tensor, range) {
        const name = typeof tensor === 'string' ? tensor : tensor.name
        const row = tensors.rowOf(name)
        if (row < 0)
          throw new SdinspectError('usage/arguments', `there is no tensor ${quoted(name)} in the file`, {
            file: source.name,
            tensor: name,
          })
        const offset = tensors.offsets[row] as number
        return source.read(offset, tensors.end(row) - offset, range)
      },
    }
  } catch (error) {
    throw error instanceof SdinspectError ? error.within({ file: given.name }) : error
  }
}

/** The same for the header: at a distance with its first bytes kept, so that most headers take one round. */
function headerSource(given: ByteSource, signal: AbortSignal | undefined): ByteSource {
  const watched = new Watch({ signal }).source(given)
  return given.remote === undefined ? watched : near([], watched)
}

function sourceOf(input: Uint8Array | Blob | ByteSource): ByteSource {
  if (input instanceof Uint8Array) return memorySource(input)
  return input instanceof Blob ? blobSource(input) : input
}
