import type { Rule } from '../rule.ts'

export const formatNullMetadata: Rule = {
  id: 'format/null-metadata',
  level: 'warning',
  claim: 'The metadata of a safetensors file is an object or absent',
  why: 'Some loaders take null for an empty object and others refuse the file.',
  case: 'Missing or empty metadata broke loaders more than once (pytorch/torchtune PR #1126, ml-explore/mlx #743).',
  fix: 'save the file again, with metadata or without',
}
