import { isOfMetadataType, metadataTypeTitle } from '../policy/metadata-type.ts'
import { rule } from '../rule.ts'

type Metadata =
  | { what: 'missing'; name: string }
  /** `value`: null for what is not a text. `expected`: the values, or one type in words. */
  | { what: 'value'; name: string; value: string | null; expected: readonly string[] }
  | { what: 'type'; name: string; value: string | null; expected: string }

export const metadataRequired = rule({
  id: 'metadata/required',
  level: 'error',
  claim: 'The metadata of the file says what the policy asks for',
  why: 'A licence, a version, a base model: what is not in the file is lost with the first copy.',
  case: 'Loaders refused files without format: pt (pytorch/torchtune PR #1126, ml-explore/mlx #743, huggingface/accelerate PR #1151).',
  fix: "pass metadata when saving: save_file(state, path, metadata={'format': 'pt'})",
  needs: 'policy',
  message: (args: Metadata) => {
    const name = JSON.stringify(args.name)
    if (args.what === 'missing') return `the metadata has no ${name}`
    const shown = args.value === null ? 'not a text' : JSON.stringify(args.value.slice(0, 100))
    const expected =
      args.what === 'type' ? args.expected : args.expected.map((one) => JSON.stringify(one)).join(' or ')
    return `metadata ${name} is ${shown}, expected ${expected}`
  },
  about: ['at'],

  *check({ expected, checkpoint }, tell) {
    for (const { key, required, values, type, at } of expected.metadata) {
      const value = checkpoint.metadata.get(key)
      if (value === undefined || value === null) {
        if (required) yield tell({ what: 'missing', name: key }, { at })
        continue
      }
      const text = typeof value === 'object' ? null : String(value)
      if (values !== null && (text === null || !values.includes(text)))
        yield tell({ what: 'value', name: key, value: text, expected: values }, { at })
      else if (type !== null && (text === null || !isOfMetadataType(text, type))) {
        const expected = metadataTypeTitle(type)
        yield tell({ what: 'type', name: key, value: text, expected }, { at })
      }
    }
  },
})
