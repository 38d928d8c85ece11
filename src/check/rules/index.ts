import type { Rule } from '../rule.ts'
import { configDtype } from './config-dtype.ts'
import { configLayers } from './config-layers.ts'
import { configTied } from './config-tied.ts'
import { configUnreadable } from './config-unreadable.ts'
import { configVocabulary } from './config-vocabulary.ts'
import { configWidth } from './config-width.ts'
import { contentsEmptyTensors } from './contents-empty-tensors.ts'
import { contentsPrefix } from './contents-prefix.ts'
import { contentsStrangeName } from './contents-strange-name.ts'
import { contentsTrainingState } from './contents-training-state.ts'
import { countsBuffers } from './counts-buffers.ts'
import { countsLogical } from './counts-logical.ts'
import { countsParameters } from './counts-parameters.ts'
import { countsTensors } from './counts-tensors.ts'
import { countsTrainable } from './counts-trainable.ts'
import { evidenceContradiction } from './evidence-contradiction.ts'
import { evidenceFrozenFitsNothing } from './evidence-frozen-fits-nothing.ts'
import { evidenceLevel } from './evidence-level.ts'
import { evidenceOrder } from './evidence-order.ts'
import { fileNotAPointer } from './file-not-a-pointer.ts'
import { formatControlInName } from './format-control-in-name.ts'
import { formatEmptyName } from './format-empty-name.ts'
import { formatHugeDimension } from './format-huge-dimension.ts'
import { formatInvisibleInName } from './format-invisible-in-name.ts'
import { formatLeadingWhitespace } from './format-leading-whitespace.ts'
import { formatNamesLookEqual } from './format-names-look-equal.ts'
import { formatNullMetadata } from './format-null-metadata.ts'
import { formatUnknownField } from './format-unknown-field.ts'
import { formatValid } from './format-valid.ts'
import { formatWrongName } from './format-wrong-name.ts'
import { hashPinned } from './hash-pinned.ts'
import { indexMissingShard } from './index-missing-shard.ts'
import { indexMissingTensor } from './index-missing-tensor.ts'
import { indexStrayShard } from './index-stray-shard.ts'
import { indexTotalParameters } from './index-total-parameters.ts'
import { indexTotalSize } from './index-total-size.ts'
import { indexUnlistedTensor } from './index-unlisted-tensor.ts'
import { indexWrongShard } from './index-wrong-shard.ts'
import { jsonNonfinite } from './json-nonfinite.ts'
import { lockDrift } from './lock-drift.ts'
import { loraEmpty } from './lora-empty.ts'
import { loraPairsAreWhole } from './lora-pairs.ts'
import { loraRank } from './lora-rank.ts'
import { loraShapes } from './lora-shapes.ts'
import { loraTargets } from './lora-targets.ts'
import { loraUntrained } from './lora-untrained.ts'
import { metadataRequired } from './metadata-required.ts'
import { pickleTrailingBytes } from './pickle-trailing-bytes.ts'
import { policyExpiredSuppression } from './policy-expired-suppression.ts'
import { policyNoMatch } from './policy-no-match.ts'
import { policyUnusedSuppression } from './policy-unused-suppression.ts'
import { quantConfig } from './quant-config.ts'
import { quantSets } from './quant-sets.ts'
import { securityNoPickle } from './security-no-pickle.ts'
import { securityPickleGlobals } from './security-pickle-globals.ts'
import { shardsBroken } from './shards-broken.ts'
import { shardsDisagreeingTotals } from './shards-disagreeing-totals.ts'
import { shardsDuplicateTensor } from './shards-duplicate-tensor.ts'
import { shardsHardLink } from './shards-hard-link.ts'
import { shardsIncomplete } from './shards-incomplete.ts'
import { shardsOneOfSeveral } from './shards-one-of-several.ts'
import { sizeFile } from './size-file.ts'
import { sizeTotal } from './size-total.ts'
import { tensorsCount } from './tensors-count.ts'
import { tensorsDtype } from './tensors-dtype.ts'
import { tensorsForbidden } from './tensors-forbidden.ts'
import { tensorsKind } from './tensors-kind.ts'
import { tensorsRequired } from './tensors-required.ts'
import { tensorsShape } from './tensors-shape.ts'
import { tensorsTrainable } from './tensors-trainable.ts'
import { tensorsUnexpected } from './tensors-unexpected.ts'
import { torchDistributedMissingFile } from './torch-distributed-missing-file.ts'
import { torchDistributedShortFile } from './torch-distributed-short-file.ts'
import { torchKeyType } from './torch-key-type.ts'
import { torchModuleAttributes } from './torch-module-attributes.ts'
import { torchNoTensors } from './torch-no-tensors.ts'
import { torchNoVersion } from './torch-no-version.ts'
import { torchOversizedStorage } from './torch-oversized-storage.ts'
import { torchPickleProtocol } from './torch-pickle-protocol.ts'
import { torchPickleTrailingBytes } from './torch-pickle-trailing-bytes.ts'
import { torchTrailingBytes } from './torch-trailing-bytes.ts'
import { torchUnfollowed } from './torch-unfollowed.ts'
import { torchUnlistedTensors } from './torch-unlisted-tensors.ts'
import { torchUnusedStorage } from './torch-unused-storage.ts'
import { torchscriptFrozen } from './torchscript-frozen.ts'
import { valuesFinite } from './values-finite.ts'
import { valuesNotDegenerate } from './values-not-degenerate.ts'
import { zipChecksum } from './zip-checksum.ts'
import { zipNameCase } from './zip-name-case.ts'
import { zipStrayBytes } from './zip-stray-bytes.ts'
import { zipTrailingBytes } from './zip-trailing-bytes.ts'

/** Every rule, by area. */
export const rules: readonly Rule[] = [
  fileNotAPointer,
  formatControlInName,
  formatEmptyName,
  formatHugeDimension,
  formatInvisibleInName,
  formatLeadingWhitespace,
  formatNamesLookEqual,
  formatNullMetadata,
  formatUnknownField,
  formatValid,
  formatWrongName,
  shardsBroken,
  shardsDisagreeingTotals,
  shardsDuplicateTensor,
  shardsHardLink,
  shardsIncomplete,
  shardsOneOfSeveral,
  indexMissingShard,
  indexMissingTensor,
  indexStrayShard,
  indexTotalParameters,
  indexTotalSize,
  indexUnlistedTensor,
  indexWrongShard,
  zipChecksum,
  zipNameCase,
  zipStrayBytes,
  zipTrailingBytes,
  torchKeyType,
  torchModuleAttributes,
  torchNoTensors,
  torchNoVersion,
  torchOversizedStorage,
  torchPickleProtocol,
  torchPickleTrailingBytes,
  torchTrailingBytes,
  torchUnlistedTensors,
  torchUnfollowed,
  torchUnusedStorage,
  torchDistributedMissingFile,
  torchDistributedShortFile,
  torchscriptFrozen,
  pickleTrailingBytes,
  jsonNonfinite,
  securityNoPickle,
  securityPickleGlobals,
  configDtype,
  configLayers,
  configTied,
  configUnreadable,
  configVocabulary,
  configWidth,
  contentsEmptyTensors,
  contentsPrefix,
  contentsStrangeName,
  contentsTrainingState,
  evidenceContradiction,
  evidenceFrozenFitsNothing,
  evidenceLevel,
  evidenceOrder,
  loraEmpty,
  loraPairsAreWhole,
  loraRank,
  loraShapes,
  loraTargets,
  loraUntrained,
  quantConfig,
  quantSets,
  valuesFinite,
  valuesNotDegenerate,
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
  countsTensors,
  countsTrainable,
  sizeFile,
  sizeTotal,
  metadataRequired,
  hashPinned,
  lockDrift,
  policyExpiredSuppression,
  policyNoMatch,
  policyUnusedSuppression,
]

export const ruleById: ReadonlyMap<string, Rule> = new Map(rules.map((rule) => [rule.id, rule]))
