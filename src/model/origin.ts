/** Which model of the Hub a checkpoint is of, and where it was read. */
export interface Origin {
  /** `org/name`. */
  readonly repository: string
  /** The branch, tag or commit that was asked for; null for the default branch. */
  readonly revision: string | null
  /** What that was at the time: all was read at this commit. */
  readonly commit: string
  /** `cache`: huggingface_hub's cache on this machine, with nothing asked of the Hub. */
  readonly from: 'hub' | 'cache'
}

/** A path of a checkpoint as somebody would ask for it again: of the Hub with the revision, not with its commit of today. */
export function askedPath(path: string, origin: Origin | undefined): string {
  if (origin === undefined) return path
  const { repository, revision, commit } = origin
  const pinned = `hf://${repository}@${commit}`
  if (!path.startsWith(pinned)) return path
  return `hf://${repository}${revision === null ? '' : `@${revisionText(revision)}`}${path.slice(pinned.length)}`
}

/** Only those of `refs/` keep their slashes. */
function revisionText(revision: string): string {
  return revision.startsWith('refs/') ? revision : encodeURIComponent(revision)
}
