import type { CheckRule } from '../rule.ts'
import { blocksProjections } from './blocks-projections.ts'
import { configModelType } from './config/model-type.ts'
import { configModules } from './config/modules.ts'
import { configShapes } from './config/shapes.ts'
import { loraLoadable } from './lora/loadable.ts'

/** Rules that know what transformers and PEFT load, of each type. Their tables are large, and the viewer goes without. */
export const rulesOfTypes: readonly CheckRule[] = [
  blocksProjections,
  configModelType,
  configModules,
  configShapes,
  loraLoadable,
]
