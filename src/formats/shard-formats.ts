import type { Format } from './format.ts'
import { safetensors } from './safetensors.ts'

/** The formats of one file of weights: what a shard may be. */
export const shardFormats: readonly Format[] = [safetensors]
