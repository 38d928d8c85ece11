import type { Rule } from '../rule.ts'

export const fileNotAPointer: Rule = {
  id: 'file/not-a-pointer',
  level: 'error',
  claim: 'The file is the checkpoint, not something that stands for it',
  why: 'Git without LFS leaves a pointer of 130 bytes, a server that refuses sends a page, a full disk leaves an empty file: all of them under the name of the weights.',
  case: 'HeaderTooLarge is nearly always a Git LFS pointer (microsoft/OmniParser #34, deepseek-ai/DeepSeek-V3 #557).',
  fix: 'fetch the file itself: git lfs pull, dvc pull, or download it again; in GitHub Actions, actions/checkout with lfs: true',
}
