import type { Rule } from '../rule.ts'

export const hashPinned: Rule = {
  id: 'hash/pinned',
  level: 'error',
  claim: 'Files have the SHA-256 the policy pins',
  why: 'A header can be right and the bytes behind it another model’s. Only the digest of the whole file says it is the one that was tested.',
  case: 'A shard with a valid header and other bytes than its digest promised gave silently wrong output (vllm-project/vllm PR #53537).',
  fix: 'download the file again, or pin the digest of the new one: sha256sum FILE',
  needs: 'policy',

  *check({ expected, hashes, report }) {
    for (const { file, sha256, at } of expected.hashes) {
      const found = hashes.get(file)
      if (found === sha256) continue
      const isThere = report.files.some(({ name }) => name === file)
      yield {
        message:
          found === undefined
            ? `${JSON.stringify(file)} ${isThere ? 'was not hashed' : 'is not a file of the checkpoint'}`
            : `${JSON.stringify(file)} has the SHA-256 ${found}, expected ${sha256}`,
        at,
      }
    }
  },
}
