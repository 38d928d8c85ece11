import type { Format } from './format.ts'
import { pickle } from './pickle.ts'
import { safetensors } from './safetensors.ts'
import { torch } from './torch.ts'
import { torchLegacy } from './torch-legacy.ts'
import { torchTar } from './torch-tar.ts'

/** The formats of files that hold weights, the surest of themselves first: what a shard may be. */
export const weightFormats: readonly Format[] = [safetensors, torch, torchLegacy, torchTar, pickle]
