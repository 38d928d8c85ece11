import { attentionMasks } from './attention-masks.ts'
import { audio } from './audio.ts'
import { codebooks } from './codebooks.ts'
import { diffusion } from './diffusion.ts'
import type { CatalogueEntry } from './entry.ts'
import { graphs } from './graphs.ts'
import { learned } from './learned.ts'
import { metrics } from './metrics.ts'
import { optimizerStates } from './optimizer-states.ts'
import { positions } from './positions.ts'
import { randomStates } from './random-states.ts'
import { fixedTensors } from './statistics.ts'
import { transformers } from './transformers.ts'
import { vision } from './vision.ts'

/** Buffers before parameters: a layout that fits both is the rarer thing, and the rarer thing has the stricter test. */
export const catalogue: readonly CatalogueEntry[] = [
  ...metrics,
  ...randomStates,
  ...optimizerStates,
  ...attentionMasks,
  ...positions,
  ...transformers,
  ...codebooks,
  ...diffusion,
  ...audio,
  ...vision,
  ...graphs,
  ...fixedTensors,
  ...learned,
]
