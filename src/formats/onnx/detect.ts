import { beginsAsSavedModel } from '../saved-model.ts'
import { allOf, anyOf, contains } from '../signature.ts'

/** Fields of ModelProto (onnx.proto) that are numbers, and those that are bytes. */
const onnxNumbers = new Set([1, 5])
const onnxBytes = new Set([2, 3, 4, 6, 7, 8, 14, 20, 25])

/** ModelProto: a small ir_version first, and then fields that it has, up to the graph or the end of what is seen. */
function isOnnx(head: Uint8Array): boolean {
  if (head[0] !== 0x08 || (head[1] ?? 0) === 0 || (head[1] ?? 0) > 31) return false
  let at = 2
  const varint = (): number | 'cut' | 'no' => {
    let value = 0
    for (let shift = 0; shift <= 56; shift += 7) {
      const byte = head[at++]
      if (byte === undefined) return 'cut'
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    return 'no'
  }
  for (let fields = 0; at < head.length; fields++) {
    const tag = varint()
    if (typeof tag === 'string') return tag === 'cut' && fields > 0
    const [field, wire] = [Math.floor(tag / 8), tag % 8]
    const isBytes = wire === 2 && onnxBytes.has(field)
    if (!isBytes && !(wire === 0 && onnxNumbers.has(field))) return false
    const value = varint()
    if (typeof value === 'string') return value === 'cut' && fields > 0
    // The graph is all that is large.
    if (field === 7) return value > 0
    // Texts, the first of which is who made it: a message there is a SavedModel of TensorFlow, or a model of CoreML.
    if (isBytes && fields === 0 && (head[at] ?? 0x20) < 0x20) return false
    if (isBytes) at += value
  }
  return at > 2
}

/** Whatever follows, where its producer is named at once. */
const namesOnnx = allOf(
  (head) => head[0] === 0x08 && (head[1] ?? 0) < 32 && head[2] === 0x12,
  contains('onnx'),
)

/** Whether a file begins as a model of ONNX does: nothing in it says so outright. */
export const beginsAsModel = allOf((head) => !beginsAsSavedModel(head), anyOf(isOnnx, namesOnnx))
