import { flax } from './flax/flax.ts'
import type { Format } from './format.ts'
import { gguf } from './gguf/gguf.ts'
import { hdf5 } from './keras/hdf5.ts'
import { keras } from './keras/keras.ts'
import { npy } from './numpy/npy.ts'
import { npz } from './numpy/npz.ts'
import { onnx } from './onnx/onnx.ts'
import { orbax } from './orbax/orbax.ts'
import { safetensors } from './safetensors/safetensors.ts'
import { tensorflow } from './tensorflow/checkpoint.ts'
import { pickle, torch, torchLegacy, torchTar } from './torch/formats.ts'
import { tarOf } from './torch/tar/tar.ts'

/** The formats of files that hold weights, the surest of themselves first: what a shard may be. */
export const weightFormats: readonly Format[] = [
  safetensors,
  keras,
  npz,
  torch,
  torchLegacy,
  torchTar,
  tarOf(() => weightFormats),
  gguf,
  hdf5,
  npy,
  tensorflow,
  orbax,
  onnx,
  flax,
  pickle,
]
