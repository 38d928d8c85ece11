import { rule } from '../rule.ts'

type Pinned =
  | { what: 'other'; name: string; sha256: string; expected: string }
  | { what: 'not-hashed'; name: string }
  | { what: 'missing'; name: string; ofAll: boolean }

export const hashPinned = rule({
  id: 'hash/pinned',
  level: 'error',
  claim: 'Files have the SHA-256 the policy pins',
  why: 'A header can be right and the bytes behind it another model’s. Only the digest of the whole file says it is the one that was tested.',
  case: 'A shard with a valid header and other bytes than its digest promised gave silently wrong output (vllm-project/vllm PR #53537).',
  fix: 'download the file again, or pin the digest of the new one: sha256sum FILE',
  needs: 'policy',
  message: (args: Pinned) => {
    const name = JSON.stringify(args.name)
    if (args.what === 'other') return `${name} has the SHA-256 ${args.sha256}, expected ${args.expected}`
    return `${name} ${args.what === 'missing' ? 'is not a file of the checkpoint' : 'was not hashed'}`
  },
  fixOf: (args) =>
    args.what === 'missing' && args.ofAll
      ? 'fetch the file, or pin it under overrides, where files says which checkpoint it is of'
      : null,
  about: ['at'],

  *check({ expected, hashes, report }, tell) {
    for (const { file, sha256, at, ofAll } of expected.hashes) {
      const found = hashes.get(file)
      if (found === sha256) continue
      const isThere = report.files.some(({ name }) => name === file)
      yield tell(
        found === undefined
          ? isThere
            ? { what: 'not-hashed', name: file }
            : { what: 'missing', name: file, ofAll }
          : { what: 'other', name: file, sha256: found, expected: sha256 },
        { at },
      )
    }
  },
})
