import type { ggufFindings } from '../gguf.ts'
import type { Pages } from './page.ts'

export const ggufPages: Pages<typeof ggufFindings> = {
  'gguf/long-name': {
    claim: 'Every tensor name of a GGUF file has at most 63 bytes',
    why: 'ggml keeps names in 64 bytes and refuses a file with a longer one; the Python reader takes it.',
    case: 'Converters of new architectures that keep the names of transformers (ggml, GGML_MAX_NAME).',
    fix: 'give the tensor the short name that llama.cpp has for it',
  },
  'gguf/many-dimensions': {
    claim: 'Every tensor of a GGUF file has at most 4 dimensions',
    why: 'ggml has room for four (GGML_MAX_DIMS) and refuses a file with more; other readers take it.',
    case: 'Kernels of three-dimensional convolutions, which have five.',
    fix: 'fold dimensions together, as the converters of llama.cpp do',
  },
  'gguf/newer-type': {
    claim: 'The type of every tensor is known',
    why: 'Its size is taken from where the next tensor begins, and its values cannot be read.',
    case: 'ggml adds quantised types a few times a year.',
    fix: 'read the file with a newer sdinspect',
  },
  'gguf/odd-name': {
    claim: 'Every tensor name of a GGUF file is text',
    why: 'ggml keeps the bytes as they are, Python refuses the file, and here they are replaced by a mark: two names may look alike.',
    case: 'Files that were damaged on the way, where a byte of a name has changed.',
    fix: 'fetch the file again, and compare its SHA-256 with the one of its source',
  },
  'gguf/odd-value': {
    claim: 'Every metadata value reads the same everywhere',
    why: 'Bytes that are no UTF-8 are refused by some readers and replaced by others; a boolean of 2 is true to some and not equal to true for others.',
    case: 'Tokens copied byte for byte from a vocabulary, and files written by hand.',
    fix: 'write the metadata again with the gguf package',
  },
  'gguf/one-part': {
    claim: 'A part of a model in several files is called as such',
    why: 'llama.cpp opens the first part and finds the others by its name; alone, a part is no model.',
    case: 'A part of a split model that was renamed to model.gguf after the download.',
    fix: 'give the parts the names they were published with, in one folder',
  },
  'gguf/other-part': {
    claim: 'A part of a model in several files is the one that its name says',
    why: 'llama.cpp compares the number in the file with that in the name, and refuses a file that is another part.',
    case: 'Parts of two quantisations in one folder, or one part saved under the name of another.',
    fix: 'fetch the parts again under the names they were published with',
  },
  'gguf/retired-type': {
    claim: 'No tensor has a type that ggml reads no more',
    why: 'The repacked types of 2024 (Q4_0_4_4 and its kin) were taken out of ggml: a current llama.cpp refuses the file.',
    case: 'Files for ARM processors, published in 2024.',
    fix: 'quantise the model again to Q4_0: ggml repacks it when it loads',
  },
  'gguf/trailing-bytes': {
    claim: 'Nothing follows the last tensor',
    why: 'No reader looks at what follows: it is the rest of another download, or something hidden.',
    case: 'Downloads that were continued over a longer file of the same name.',
    fix: 'fetch the file again, and compare its SHA-256 with the one of its source',
  },
}
