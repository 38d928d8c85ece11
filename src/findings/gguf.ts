import { quoted } from '../errors.ts'
import { entry } from './entry.ts'

/** As llama.cpp writes the numbers of parts. */
const padded = (number: number): string => String(number).padStart(5, '0')

export const ggufFindings = {
  'gguf/long-name': entry({
    level: 'warning',
    message: ({ bytes }: { bytes: number }, { tensor }) =>
      `the name of tensor ${quoted(tensor)} has ${bytes} bytes; ggml takes at most 63 and refuses the file`,
    about: ['tensor'],
  }),
  'gguf/many-dimensions': entry({
    level: 'warning',
    message: ({ dimensions }: { dimensions: number }, { tensor }) =>
      `tensor ${quoted(tensor)} has ${dimensions} dimensions; ggml takes at most 4 and refuses the file`,
    about: ['tensor'],
  }),
  'gguf/newer-type': entry({
    level: 'warning',
    message: ({ type }: { type: number }, { tensor }) =>
      `tensor ${quoted(tensor)} has the type ${type}, which is newer than this version: its values cannot be read`,
    about: ['tensor'],
    fixOf: 'a newer sdinspect may know the type',
  }),
  'gguf/odd-name': entry({
    level: 'warning',
    message: ({ count }: { count: number }, { tensor }) =>
      `${count === 1 ? 'the name of a tensor is' : `the names of ${count} tensors are`} no valid UTF-8: ${quoted(tensor)}`,
    about: ['tensor'],
  }),
  'gguf/odd-value': entry({
    level: 'warning',
    message: ({ key, problem }: { key: string; problem: 'text' | 'boolean' }) =>
      problem === 'text'
        ? `the metadata key ${quoted(key)} or its value is no valid UTF-8`
        : `the metadata key ${quoted(key)} is a boolean that is neither 0 nor 1`,
  }),
  'gguf/one-part': entry({
    level: 'warning',
    message: ({ number, of }: { number: number; of: number }) =>
      `this is part ${number} of ${of} and not called so: llama.cpp does not find the other parts by its name`,
    fixOf: ({ number, of }) =>
      `call the parts NAME-00001-of-${padded(of)}.gguf and so on, this one NAME-${padded(number)}-of-${padded(of)}.gguf, in one folder`,
    about: ['file'],
  }),
  'gguf/other-part': entry({
    level: 'error',
    message: ({
      number,
      of,
      called,
      calledOf,
    }: {
      number: number
      of: number
      called: number
      calledOf: number
    }) =>
      `the file says that it is part ${number} of ${of}, and is called part ${called} of ${calledOf}: llama.cpp refuses it`,
    fixOf: 'parts were mixed up or renamed: fetch them again under the names they were published with',
    about: ['file'],
  }),
  'gguf/retired-type': entry({
    level: 'warning',
    message: ({ type }: { type: string }, { tensor }) =>
      `tensor ${quoted(tensor)} is ${type}, which ggml read in 2024 and refuses since`,
    about: ['tensor'],
    fixOf: 'quantise the model again: ggml repacks Q4_0 when it loads it',
  }),
  'gguf/trailing-bytes': entry({
    level: 'warning',
    message: ({ bytes, end }: { bytes: number; end: number }) =>
      `${bytes} bytes follow the last tensor, which ends at ${end}`,
  }),
}
