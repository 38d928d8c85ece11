import type { Format } from './format.ts'
import { safetensors } from './safetensors.ts'
import { torch } from './torch.ts'

/** The formats of files that hold weights, the surest of themselves first: what a shard may be. */
export const weightFormats: readonly Format[] = [safetensors, torch]
