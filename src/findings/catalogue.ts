import { configFindings } from './config.ts'
import type { Entry } from './entry.ts'
import { evidenceFindings } from './evidence.ts'
import { flaxFindings } from './flax.ts'
import { folderFindings } from './folder.ts'
import { formatFindings } from './format.ts'
import { ggufFindings } from './gguf.ts'
import { hdf5Findings } from './hdf5.ts'
import { jsonFindings } from './json.ts'
import { loraFindings } from './lora.ts'
import { numpyFindings } from './numpy.ts'
import { onnxFindings } from './onnx.ts'
import { orbaxFindings } from './orbax.ts'
import { partsFindings } from './parts.ts'
import { policyFindings } from './policy.ts'
import { securityFindings } from './security.ts'
import { shardIndexFindings } from './shard-index.ts'
import { shardsFindings } from './shards.ts'
import { tensorflowFindings } from './tensorflow.ts'
import { torchFindings } from './torch.ts'
import { zipFindings } from './zip.ts'

/** Every kind of finding, by area: what readers, evidence and rules can say. */
export const catalogue = {
  ...formatFindings,
  ...shardsFindings,
  ...shardIndexFindings,
  ...partsFindings,
  ...folderFindings,
  ...zipFindings,
  ...torchFindings,
  ...ggufFindings,
  ...numpyFindings,
  ...onnxFindings,
  ...flaxFindings,
  ...orbaxFindings,
  ...tensorflowFindings,
  ...hdf5Findings,
  ...jsonFindings,
  ...securityFindings,
  ...configFindings,
  ...evidenceFindings,
  ...loraFindings,
  ...policyFindings,
}

export type RuleId = keyof typeof catalogue

type EntryOf<Id extends RuleId> = (typeof catalogue)[Id]

/** The facts that the message of a finding is made of. */
export type ArgsOf<Id extends RuleId> =
  EntryOf<Id> extends Entry<infer Args, infer _>
    ? unknown extends Args
      ? Readonly<Record<never, never>>
      : Args
    : never

/** What every finding of a rule is about. */
export type OnOf<Id extends RuleId> = EntryOf<Id> extends Entry<infer _, infer On> ? On : never

/** The entry of a rule that may be of another version; undefined where there is none such. */
export function entryOf(rule: string): Entry<never, never> | undefined {
  return Object.hasOwn(catalogue, rule) ? (catalogue[rule as RuleId] as Entry<never, never>) : undefined
}
