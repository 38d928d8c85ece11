import { quoted } from '../errors.ts'
import { entry } from './entry.ts'

export const onnxFindings = {
  'onnx/data-end': entry({
    level: 'error',
    message: ({ end, there }: { end: number; there: number }, { tensor, file }) =>
      `the values of tensor ${quoted(tensor)} end at ${end} of ${quoted(file)}, which has ${there} bytes`,
    about: ['tensor', 'file'],
    measures: ['end', 'there'],
  }),
  'onnx/data-size': entry({
    level: 'error',
    message: ({ bytes, needs }: { bytes: number; needs: number }, { tensor }) =>
      `tensor ${quoted(tensor)} has ${bytes} bytes in another file, and its shape and type need ${needs}`,
    about: ['tensor', 'file'],
    measures: ['bytes', 'needs'],
  }),
  'onnx/missing-data': entry({
    level: 'error',
    message: ({ location }: { location: string }, { tensor }) =>
      `the values of tensor ${quoted(tensor)} are in ${quoted(location)}, which is not beside the model`,
    about: ['tensor', 'file'],
  }),
  'onnx/newer-type': entry({
    level: 'warning',
    message: ({ type }: { type: number }, { tensor }) =>
      `tensor ${quoted(tensor)} has the element type ${type}, which is newer than this version: its values cannot be read`,
    about: ['tensor'],
    fixOf: 'a newer sdinspect may know the type',
  }),
}
