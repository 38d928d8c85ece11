import type { numpyFindings } from '../numpy.ts'
import type { Pages } from './page.ts'

export const numpyPages: Pages<typeof numpyFindings> = {
  'numpy/other-members': {
    claim: 'Every member of a NumPy archive is an array',
    why: 'NumPy gives the bytes of what is no array, and says nothing of it: something else is kept, or hidden, in the archive.',
    case: 'Archives put together with a zip tool, with a README or a configuration in them.',
    fix: 'keep what is no array beside the archive',
  },
  'numpy/raw-type': {
    claim: 'The type of every array is recorded',
    why: 'NumPy has no bfloat16 of its own and writes such an array as elements of two bytes, which is what it reads back.',
    case: 'Weights of JAX and MLX, saved with numpy.savez.',
    fix: 'save the array as float32, or the weights in safetensors',
  },
  'numpy/trailing-bytes': {
    claim: 'Nothing follows the values of an array',
    why: 'NumPy stops after as many values as the shape has, and does not say what it left.',
    case: 'An array that was written over a longer one, and files with something hidden at their end.',
    fix: 'save the array again',
  },
}
