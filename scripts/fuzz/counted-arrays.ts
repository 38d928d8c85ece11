// Put in place of the global constructors in the code that is fuzzed: what it allocates is counted, and refused when it
// is more than any input here may ask for, before the memory is taken.

/** In bytes, of one input. */
export const allocation = { bytes: 0, most: Number.POSITIVE_INFINITY }

type Constructor = new (...args: never[]) => object

function counted<T extends Constructor>(of: T, unit: number): T {
  return new Proxy(of, {
    construct(target, args: never[], newTarget) {
      // Of a buffer that is there already it is a view.
      const length = typeof args[0] === 'number' ? args[0] : lengthOf(args[0])
      allocation.bytes += length * unit
      if (allocation.bytes > allocation.most) {
        const bytes = allocation.bytes
        allocation.bytes = 0
        throw new RangeError(`${bytes} bytes allocated for an input that may ask for ${allocation.most}`)
      }
      return Reflect.construct(target, args, newTarget)
    },
  })
}

function lengthOf(from: unknown): number {
  const isCopied = typeof from === 'object' && from !== null && 'length' in from
  return isCopied ? Number(from.length) : 0
}

const { Uint8Array: U8, Uint16Array: U16, Uint32Array: U32, Int32Array: I32 } = globalThis
const { Float32Array: F32, Float64Array: F64, ArrayBuffer: AB } = globalThis

const ofBytes = counted(U8, 1)
const ofWords = counted(U16, 2)
const ofLongs = counted(U32, 4)
const ofIntegers = counted(I32, 4)
const ofFloats = counted(F32, 4)
const ofDoubles = counted(F64, 8)
const ofBuffers = counted(AB, 1)

export {
  ofBuffers as ArrayBuffer,
  ofBytes as Uint8Array,
  ofDoubles as Float64Array,
  ofFloats as Float32Array,
  ofIntegers as Int32Array,
  ofLongs as Uint32Array,
  ofWords as Uint16Array,
}
