import type { catalogue } from '../catalogue.ts'
import { configPages } from './config.ts'
import { evidencePages } from './evidence.ts'
import { flaxPages } from './flax.ts'
import { folderPages } from './folder.ts'
import { formatPages } from './format.ts'
import { ggufPages } from './gguf.ts'
import { hdf5Pages } from './hdf5.ts'
import { jsonPages } from './json.ts'
import { loraPages } from './lora.ts'
import { numpyPages } from './numpy.ts'
import { onnxPages } from './onnx.ts'
import { orbaxPages } from './orbax.ts'
import type { Pages } from './page.ts'
import { partsPages } from './parts.ts'
import { policyPages } from './policy.ts'
import { securityPages } from './security.ts'
import { shardIndexPages } from './shard-index.ts'
import { shardsPages } from './shards.ts'
import { tensorflowPages } from './tensorflow.ts'
import { torchPages } from './torch.ts'
import { zipPages } from './zip.ts'

/** The page of every kind of finding. Large: loaded by what explains, and by no reader. */
export const pages: Pages<typeof catalogue> = {
  ...formatPages,
  ...shardsPages,
  ...shardIndexPages,
  ...partsPages,
  ...folderPages,
  ...zipPages,
  ...torchPages,
  ...ggufPages,
  ...numpyPages,
  ...onnxPages,
  ...flaxPages,
  ...orbaxPages,
  ...tensorflowPages,
  ...hdf5Pages,
  ...jsonPages,
  ...securityPages,
  ...configPages,
  ...evidencePages,
  ...loraPages,
  ...policyPages,
}
