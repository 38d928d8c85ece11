import type { onnxFindings } from '../onnx.ts'
import type { Pages } from './page.ts'

export const onnxPages: Pages<typeof onnxFindings> = {
  'onnx/data-end': {
    claim: 'The files of values are as long as the model says',
    why: 'A runtime that maps the file reads beyond its end, or refuses the model.',
    case: 'Files of external data that were cut off by a download or a full disk (onnx.proto, external_data).',
    fix: 'fetch or export the model and its data again, together',
  },
  'onnx/data-size': {
    claim: 'The values of every tensor have the size that its shape and type need',
    why: 'A runtime refuses the model, or takes bytes of another tensor.',
    case: 'Tools that change shapes or types and leave the external data as they are.',
    fix: 'export the model again',
  },
  'onnx/missing-data': {
    claim: 'The files of values are beside the model',
    why: 'A model of over 2 GB keeps its values in other files; without them it cannot be run.',
    case: 'The .onnx file copied or downloaded alone, without its .onnx.data or .onnx_data.',
    fix: 'put the file of values beside the model, under the name that the model has for it',
  },
  'onnx/newer-type': {
    claim: 'The element type of every tensor is known',
    why: 'How large the tensor is, and what is in it, cannot be said.',
    case: 'ONNX adds types of few bits from time to time.',
    fix: 'read the file with a newer sdinspect',
  },
}
