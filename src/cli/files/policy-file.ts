import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { openablePath } from '../../check/findings/openable-path.ts'
import { builtIn, extendedPolicy, extendsOf } from '../../check/policy/extended-policy.ts'
import type { PolicyDocument } from '../../check/policy/policy.ts'
import { quoted, SdinspectError } from '../../errors.ts'
import type { CheckpointFile } from '../../model/checkpoint.ts'
import { isHubName } from '../../source/hub-name.ts'
import { findPolicy } from './find-policy.ts'
import { sideText } from './side-text.ts'

/** Nobody writes more of it by hand. */
const mostBytes = 10_000_000

/** A policy file, read. */
export interface PolicyFile {
  readonly document: PolicyDocument
  /** Its folder: what its own paths are relative to. */
  readonly folder: string
  /** Paths of it and of the policies it extends. */
  readonly files: readonly string[]
}

/** Policies that one leads to, itself among them. */
const mostPolicies = 20

/**
 * The policy of a run. `asked`: what `--config` says; null for the nearest one.
 *
 * @throws SdinspectError `usage/policy`
 */
export async function readPolicy(asked: string | null): Promise<PolicyFile | null> {
  if (asked === 'none') return null
  const path = asked ?? findPolicy('.')
  if (path === null) return null
  const shown = asked ?? slashed(relative('.', path))
  const files: string[] = []
  const document = await readExtended(path, shown, files, [])
  return { document, folder: dirname(resolve(path)), files }
}

/**
 * A policy with the files it extends, in their order.
 *
 * @param files gets the path of each
 * @param within paths of those that lead to it
 */
async function readExtended(
  path: string,
  shown: string,
  files: string[],
  within: readonly string[],
): Promise<PolicyDocument> {
  const here = resolve(path)
  files.push(here)
  const { parsePolicy } = await import('./policy-document.ts')
  let document = parsePolicy(await policyText(path, shown), shown)
  const named = extendsOf(document.policy)
  const bases: PolicyDocument[] = []
  for (const [index, name] of named.entries()) {
    if (builtIn.test(name)) continue
    const place = document.placeOf(
      typeof document.policy.extends === 'string' ? ['extends'] : ['extends', index],
    )
    const base = resolve(dirname(here), name)
    const fault =
      base === here || within.includes(base)
        ? `${quoted(name)} extends this policy in turn`
        : files.length >= mostPolicies
          ? `more than ${mostPolicies} policies extend each other`
          : null
    if (fault !== null)
      throw new SdinspectError('usage/policy', `${place.file}:${place.line}:${place.column ?? 1}: ${fault}`)
    bases.push(await readExtended(base, slashed(relative('.', base)), files, [...within, here]))
  }
  for (const base of bases.reverse()) document = extendedPolicy(base, document)
  return document
}

async function policyText(path: string, shown: string): Promise<string> {
  const read = await sideText(path, mostBytes)
  if ('text' in read) return read.text
  throw new SdinspectError('usage/policy', `the policy ${shown} cannot be read: ${read.why}`, {
    cause: read.cause,
  })
}

/** A path as the patterns of a policy see it, with `/`: relative to the policy, and as those that are absolute would have it. */
export function namesInPolicy({ folder }: PolicyFile, path: string): readonly string[] {
  if (isHubName(path)) return [path]
  const absolute = resolve(path)
  return [slashed(relative(folder, absolute)), slashed(absolute)]
}

/** What the patterns of a policy are held against: a checkpoint's path, and its files'. */
export function pathsInPolicy(
  file: PolicyFile,
  path: string,
  files: readonly CheckpointFile[],
): readonly string[] {
  return [path, ...files.map(({ name }) => openablePath(path, name, files))].flatMap((one) =>
    namesInPolicy(file, one),
  )
}

/** A path for a policy that is to be written to `file`: relative to it, or absolute as it was given. */
export function pathFor(file: string, path: string): string {
  if (isAbsolute(path)) return slashed(path)
  return isHubName(path) ? path : slashed(relative(dirname(resolve(file)), resolve(path)))
}

/** A path of the policy as a command line in the current folder would name it. */
export function pathFromPolicy({ folder }: PolicyFile, path: string): string {
  return isAbsolute(path) || isHubName(path) ? path : slashed(relative('.', join(folder, path))) || '.'
}

function slashed(path: string): string {
  return sep === '\\' ? path.replaceAll('\\', '/') : path
}
