import { isOfMetadataType, metadataTypeTitle } from '../metadata-type.ts'
import type { Rule } from '../rule.ts'

export const metadataRequired: Rule = {
  id: 'metadata/required',
  level: 'error',
  claim: 'The metadata of the file says what the policy asks for',
  why: 'A licence, a version, a base model: what is not in the file is lost with the first copy.',
  case: 'Loaders refused files without format: pt (pytorch/torchtune PR #1126, ml-explore/mlx #743, huggingface/accelerate PR #1151).',
  fix: "pass metadata when saving: save_file(state, path, metadata={'format': 'pt'})",
  needs: 'policy',

  *check({ expected, checkpoint }) {
    for (const { key, required, values, type, at } of expected.metadata) {
      const value = checkpoint.metadata.get(key)
      if (value === undefined || value === null) {
        if (required) yield { message: `the metadata has no ${JSON.stringify(key)}`, at }
        continue
      }
      const text = typeof value === 'object' ? null : String(value)
      const shown = text === null ? 'not a text' : JSON.stringify(text.slice(0, 100))
      const wanted = values?.map((one) => JSON.stringify(one)).join(' or ')
      if (wanted !== undefined && (text === null || !values?.includes(text)))
        yield { message: `metadata ${JSON.stringify(key)} is ${shown}, expected ${wanted}`, at }
      else if (type !== null && (text === null || !isOfMetadataType(text, type)))
        yield {
          message: `metadata ${JSON.stringify(key)} is ${shown}, expected ${metadataTypeTitle(type)}`,
          at,
        }
    }
  },
}
