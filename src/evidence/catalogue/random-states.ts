import type { CatalogueEntry } from './entry.ts'

/**
 * Bytes of the state of torch's generator on the CPU (CPUGeneratorImpl.cpp, the legacy form that get_state writes), and on CUDA
 * (CUDAGeneratorImpl.cpp: seed and offset; 816 with the states of before torch 1.10).
 */
const sizes = [5_056, 16, 816]

export const randomStates: readonly CatalogueEntry[] = [
  {
    tensors: [
      'cpu',
      'cuda',
      'torch',
      'rng_state',
      'cpu_rng_state',
      'torch_rng_state',
      'cuda_rng_state',
      'random_rng_state',
    ],
    kind: 'other',
    what: 'state of a random number generator of torch: neither parameter nor buffer',
    fits: ({ tensor: { dtype, shape } }) =>
      dtype === 'U8' && shape.length === 1 && sizes.includes(shape[0] as number),
  },
]
