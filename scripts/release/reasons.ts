/** What a release is checked by: package.json, the text of src/version.ts, and CHANGELOG.md. */
export interface ReleaseFiles {
  readonly manifest: { readonly version: string }
  readonly version: string
  readonly changelog: string
}

/**
 * What stands against releasing a tag: one version everywhere, notes for it, and links to the repository it comes from.
 *
 * @param tag `v1.2.3`
 * @param repository `owner/name` that the tag was pushed to; undefined where that is not known
 * @returns sentences; none where nothing does
 */
export function reasonsAgainst(
  tag: string,
  repository: string | undefined,
  { manifest, version, changelog }: ReleaseFiles,
): string[] {
  const reasons: string[] = []
  const wanted = /^v(\d+\.\d+\.\d+)$/.exec(tag)?.[1]
  if (wanted === undefined) return [`${JSON.stringify(tag)} is no tag of a release: it has to be like v1.2.3`]
  if (manifest.version !== wanted)
    reasons.push(`package.json is of version ${manifest.version}, and the tag is ${tag}`)
  const said = /^export const version = '([^']*)'/m.exec(version)?.[1]
  if (said !== wanted) reasons.push(`src/version.ts says ${said}, and the tag is ${tag}`)
  const notes = sectionOf(changelog, wanted)
  if (notes === null) reasons.push(`CHANGELOG.md has no section [${wanted}]`)
  else if (notes.trim() === '') reasons.push(`the section [${wanted}] of CHANGELOG.md is empty`)
  const home = /^export const homepage = '([^']*)'/m.exec(version)?.[1]
  if (repository !== undefined && home !== `https://github.com/${repository}`)
    reasons.push(`src/version.ts links to ${home}, and the tag is in ${repository}`)
  return reasons
}

/** The text of a section of the changelog; null where there is none. */
function sectionOf(changelog: string, version: string): string | null {
  const sections = changelog.split(/^## /m).slice(1)
  const section = sections.find((one) => one.startsWith(`[${version}]`))
  return section === undefined ? null : section.slice(section.indexOf('\n') + 1)
}
