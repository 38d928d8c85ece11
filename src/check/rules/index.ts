import type { CheckRule } from '../rule.ts'
import { baseFrozenUnchanged } from './base/frozen-unchanged.ts'
import { baseTrainedChanged } from './base/trained-changed.ts'
import { blocksConsistent } from './blocks-consistent.ts'
import { configDtype } from './config/dtype.ts'
import { configExperts } from './config/experts.ts'
import { configLayers } from './config/layers.ts'
import { configTied } from './config/tied.ts'
import { configTokens } from './config/tokens.ts'
import { configVocabulary } from './config/vocabulary.ts'
import { configWidth } from './config/width.ts'
import { contentsAdapterLeft } from './contents/adapter-left.ts'
import { contentsEmptyTensors } from './contents/empty-tensors.ts'
import { contentsHeadRows } from './contents/head-rows.ts'
import { contentsIndexType } from './contents/index-type.ts'
import { contentsNoTensors } from './contents/no-tensors.ts'
import { contentsOptimizer } from './contents/optimizer.ts'
import { contentsPrefix } from './contents/prefix.ts'
import { contentsStrangeName } from './contents/strange-name.ts'
import { contentsTrainingState } from './contents/training-state.ts'
import { countsBuffers } from './counts/buffers.ts'
import { countsLogical } from './counts/logical.ts'
import { countsParameters } from './counts/parameters.ts'
import { countsTensors } from './counts/tensors.ts'
import { countsTrainable } from './counts/trainable.ts'
import { evidenceLevel } from './evidence-level.ts'
import { hashPinned } from './hash-pinned.ts'
import { indexParameters } from './index-parameters.ts'
import { lockDrift } from './lock-drift.ts'
import { loraEmpty } from './lora/empty.ts'
import { loraPairs } from './lora/pairs.ts'
import { loraShapes } from './lora/shapes.ts'
import { loraTargets } from './lora/targets.ts'
import { loraUntrained } from './lora/untrained.ts'
import { metadataRequired } from './metadata-required.ts'
import { modulesBatchNorm } from './modules/batch-norm.ts'
import { modulesFit } from './modules/fit.ts'
import { rulesOfTypes } from './of-types.ts'
import { policyNoMatch } from './policy-no-match.ts'
import { quantConfig } from './quant/config.ts'
import { quantSets } from './quant/sets.ts'
import { securityNoPickle } from './security-no-pickle.ts'
import { sizeFile } from './size/file.ts'
import { sizeTotal } from './size/total.ts'
import { tensorsCount } from './tensors/count.ts'
import { tensorsDtype } from './tensors/dtype.ts'
import { tensorsForbidden } from './tensors/forbidden.ts'
import { tensorsKind } from './tensors/kind.ts'
import { tensorsRequired } from './tensors/required.ts'
import { tensorsShape } from './tensors/shape.ts'
import { tensorsTrainable } from './tensors/trainable.ts'
import { tensorsUnexpected } from './tensors/unexpected.ts'
import { valuesBool } from './values/bool.ts'
import { valuesBuffersSane } from './values/buffers-sane.ts'
import { valuesDtypeRoundtrip } from './values/dtype-roundtrip.ts'
import { valuesFinite } from './values/finite.ts'
import { valuesNotDegenerate } from './values/not-degenerate.ts'
import { valuesOutlier } from './values/outlier.ts'
import { valuesQuantScales } from './values/quant-scales.ts'
import { valuesRange } from './values/range.ts'
import { valuesTied } from './values/tied.ts'

/** What is looked for in a checkpoint beyond what its reader finds, in the order it is told. */
export const checkRules: readonly CheckRule[] = [
  securityNoPickle,
  blocksConsistent,
  configDtype,
  configExperts,
  configLayers,
  ...rulesOfTypes,
  configTied,
  configTokens,
  configVocabulary,
  configWidth,
  contentsAdapterLeft,
  contentsEmptyTensors,
  contentsIndexType,
  contentsHeadRows,
  contentsNoTensors,
  contentsOptimizer,
  contentsPrefix,
  contentsStrangeName,
  contentsTrainingState,
  evidenceLevel,
  loraEmpty,
  loraPairs,
  loraShapes,
  loraTargets,
  quantConfig,
  quantSets,
  modulesBatchNorm,
  modulesFit,
  tensorsCount,
  tensorsDtype,
  tensorsForbidden,
  tensorsKind,
  tensorsRequired,
  tensorsShape,
  tensorsTrainable,
  tensorsUnexpected,
  countsBuffers,
  countsLogical,
  countsParameters,
  indexParameters,
  countsTensors,
  countsTrainable,
  sizeFile,
  sizeTotal,
  metadataRequired,
  hashPinned,
  lockDrift,
  valuesFinite,
  valuesNotDegenerate,
  valuesBuffersSane,
  valuesBool,
  valuesQuantScales,
  valuesRange,
  valuesOutlier,
  valuesDtypeRoundtrip,
  valuesTied,
  loraUntrained,
  baseFrozenUnchanged,
  baseTrainedChanged,
  policyNoMatch,
]
