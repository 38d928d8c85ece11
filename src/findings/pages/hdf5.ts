import type { hdf5Findings } from '../hdf5.ts'
import type { Pages } from './page.ts'

export const hdf5Pages: Pages<typeof hdf5Findings> = {
  'hdf5/chunked': {
    claim: 'The values of every dataset are stored in a way that is read',
    why: 'Names, shapes and types are known; what the values are is not looked at.',
    case: 'Datasets that were packed with szip, scale-offset or Blosc, or that are made of others. Keras writes none of them.',
    fix: 'copy the file with h5repack -f NONE',
  },
  'hdf5/never-written': {
    claim: 'Every tensor has values',
    why: 'A library reads zeros, or whatever the file names as filling, in their place.',
    case: 'A dataset that was made with a shape, and a program that stopped before it filled it.',
    fix: 'write the file again',
  },
  'hdf5/outside': {
    claim: 'The values of every tensor are in the file',
    why: 'Without the other files the values are missing, and with others in their place they are others.',
    case: 'Datasets with external storage (H5Pset_external).',
    fix: 'copy the datasets into one file with h5repack',
  },
  'hdf5/strange-type': {
    claim: 'Every tensor is of a type that torch has',
    why: 'What loads the file has to convert it, and may not be able to.',
    case: 'Floats of 128 bits, or integers of an odd number of bits.',
    fix: 'store the dataset as float32',
  },
}
