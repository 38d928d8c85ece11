import type { Format } from '../format.ts'
import { beginsAsModel } from './detect.ts'

/** Models of ONNX: initializers and constants, and which node takes each. */
export const onnx: Format = {
  id: 'onnx',
  title: 'ONNX',
  family: 'onnx',
  endings: ['.onnx'],
  keeps: { versions: false, tiedNames: false },
  detect: beginsAsModel,
  async read(source, context) {
    const { readOnnx } = await import('./read-onnx.ts')
    return readOnnx(source, context)
  },
}
