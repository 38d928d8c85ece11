import { adapters } from './adapters.ts'
import { averagedCopy } from './averaged-copy.ts'
import { baseRate } from './base-rate.ts'
import { configClass } from './config-class.ts'
import { configTies } from './config-ties.ts'
import { declarations } from './declarations.ts'
import { elementType, integralLists } from './element-type.ts'
import { entryKinds } from './entry-kinds.ts'
import { libraryCatalogue } from './library-catalogue.ts'
import { mirroredCopy } from './mirrored-copy.ts'
import { mirroredState } from './mirrored-state.ts'
import { moduleClasses } from './module-classes.ts'
import { moduleVersions } from './module-versions.ts'
import { numberedTensors } from './numbered-tensors.ts'
import { quantised } from './quantised.ts'
import { recorded } from './recorded.ts'
import { said } from './said.ts'
import { saidManifest } from './said-manifest.ts'
import type { EvidenceSource } from './source.ts'
import { torchLayouts } from './torch-layouts.ts'
import { valuePatterns } from './value-patterns.ts'

/** Every source of evidence, the specific before the general: of two recognitions the earlier one counts. */
export const evidenceSources: readonly EvidenceSource[] = [
  said,
  saidManifest,
  recorded,
  declarations,
  moduleClasses,
  moduleVersions,
  averagedCopy,
  mirroredCopy,
  mirroredState,
  entryKinds,
  configClass,
  configTies,
  quantised,
  adapters,
  numberedTensors,
  torchLayouts,
  libraryCatalogue,
  elementType,
  integralLists,
  baseRate,
  valuePatterns,
]
