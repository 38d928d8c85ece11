import { stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { openablePath } from '../check/openable-path.ts'
import type { PolicyDocument } from '../check/policy.ts'
import { SdinspectError } from '../errors.ts'
import type { CheckpointFile } from '../model/checkpoint.ts'
import { isHubName } from '../source/hub-name.ts'
import { sideText } from './side-text.ts'

/** Names of a policy, in the order they are looked for in a folder. */
const policyNames = ['sdinspect.yaml', 'sdinspect.yml', 'sdinspect.json']

/** Nobody writes more of it by hand. */
const mostBytes = 10_000_000

/** The policy of `folder`: the nearest in it or above it, up to the root of the git repository. null when there is none. */
export async function findPolicy(folder: string): Promise<string | null> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    for (const name of policyNames) if (await isThere(join(at, name))) return join(at, name)
    if (dirname(at) === at || (await isThere(join(at, '.git')))) return null
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

/** A policy file, read. */
export interface PolicyFile {
  readonly document: PolicyDocument
  /** Its folder: what its own paths are relative to. */
  readonly folder: string
}

/**
 * The policy of a run. `asked`: what `--config` says; null for the nearest one.
 *
 * @throws SdinspectError `usage/policy`
 */
export async function readPolicy(asked: string | null): Promise<PolicyFile | null> {
  if (asked === 'none') return null
  const path = asked ?? (await findPolicy('.'))
  if (path === null) return null
  const shown = asked ?? slashed(relative('.', path))
  const text = await policyText(path, shown)
  const { parsePolicy } = await import('./policy-document.ts')
  return { document: parsePolicy(text, shown), folder: dirname(resolve(path)) }
}

async function policyText(path: string, shown: string): Promise<string> {
  const read = await sideText(path, mostBytes)
  if ('text' in read) return read.text
  throw new SdinspectError('usage/policy', `the policy ${shown} cannot be read: ${read.why}`, {
    cause: read.cause,
  })
}

/** A path as the patterns of a policy see it: relative to the policy, with `/`. */
export function pathInPolicy({ folder }: PolicyFile, path: string): string {
  return isHubName(path) ? path : slashed(relative(folder, resolve(path)))
}

/** What the patterns of a policy are held against: a checkpoint's path, and its files'. */
export function pathsInPolicy(
  file: PolicyFile,
  path: string,
  files: readonly CheckpointFile[],
): readonly string[] {
  return [path, ...files.map(({ name }) => openablePath(path, name, files))].map((one) =>
    pathInPolicy(file, one),
  )
}

/** The same for a policy that is to be written to `file`. */
export function pathFor(file: string, path: string): string {
  return isHubName(path) ? path : slashed(relative(dirname(resolve(file)), resolve(path)))
}

/** A path of the policy as a command line in the current folder would name it. */
export function pathFromPolicy({ folder }: PolicyFile, path: string): string {
  return isAbsolute(path) || isHubName(path) ? path : slashed(relative('.', join(folder, path))) || '.'
}

function slashed(path: string): string {
  return sep === '\\' ? path.replaceAll('\\', '/') : path
}
