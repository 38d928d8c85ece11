import { compilePathPattern } from './path-pattern.ts'
import type { PolicyDocument } from './policy.ts'

/**
 * Why a policy leaves a path alone: its `leaveOut`. null for a path that is to be read.
 *
 * @param path as the patterns of the policy see it
 */
export type LeftOut = (path: string) => string | null

/** @throws SdinspectError `usage/pattern` */
export function leftOutBy({ policy }: PolicyDocument): LeftOut {
  const all = (policy.leaveOut ?? []).map(({ files, reason }) => ({
    reason,
    fits: files.map(compilePathPattern),
  }))
  return (path) => all.find(({ fits }) => fits.some((matches) => matches(path)))?.reason ?? null
}
