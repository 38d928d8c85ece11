import type { ClassifyOptions } from '../../inspect.ts'
import { defaultLimits, type Limits } from '../../limits.ts'
import type { Manifest } from '../../model/statements.ts'
import type { OpenOptions } from '../../node.ts'
import type { Library } from '../command.ts'
import { findPolicy } from '../files/find-policy.ts'
import type { Options } from './options.ts'

type SaidCall = {
  readonly library: Pick<Library, 'openPaths'>
  readonly options: Pick<Options, SaidFlag | 'limits'> & Partial<Pick<Options, 'config'>>
}

/** Flags that say of tensors what the file cannot. */
export type SaidFlag = 'buffer' | 'parameter' | 'frozen' | 'trainable' | 'manifest'

/**
 * What the library is told of the model: by flags, by a manifest, and by `kinds` of the policy; and whether the policy lets it
 * look at small values.
 */
export type SaidByUser = Pick<ClassifyOptions, SaidFlag | 'statementsFor'> & Pick<OpenOptions, 'smallValues'>

/**
 * What the user says of the model, for the library. A command without `--config` reads no policy.
 *
 * @throws SdinspectError `usage/policy`; why a manifest cannot be read
 */
export async function saidBy({ library, options }: SaidCall): Promise<SaidByUser> {
  const { buffer, parameter, frozen, trainable, config } = options
  const manifest = options.manifest === null ? null : await readManifest(options.manifest, library, options)
  const policy = config === undefined ? {} : await saidByPolicy(config, options.limits)
  return { buffer, parameter, frozen, trainable, manifest, ...policy }
}

async function readManifest(
  path: string,
  library: Pick<Library, 'openPaths'>,
  { limits }: Pick<Options, 'limits'>,
): Promise<Manifest> {
  const [{ manifestOf }, { SdinspectError }] = await Promise.all([
    import('../../model/manifest.ts'),
    import('../../errors.ts'),
  ])
  for await (const opened of library.openPaths([path], { limits })) {
    if ('error' in opened) throw opened.error
    return manifestOf(opened.checkpoint, path)
  }
  throw new SdinspectError('usage/arguments', '--manifest leads to nothing', { file: path })
}

/** What the policy says of a checkpoint; nothing is loaded where there is none. */
async function saidByPolicy(
  config: string | null,
  limits: Partial<Limits>,
): Promise<Pick<SaidByUser, 'statementsFor' | 'smallValues'>> {
  if (config === null && findPolicy('.') === null) return {}
  const { pathsInPolicy, readPolicy } = await import('../files/policy-file.ts')
  const file = await readPolicy(config)
  if (file === null) return {}
  const { policy } = file.document
  const looks = policy.smallValues === undefined ? {} : { smallValues: policy.smallValues }
  if (policy.kinds === undefined && !policy.overrides?.some(({ kinds }) => kinds !== undefined)) return looks
  const [{ compilePolicy }, { PatternSteps }] = await Promise.all([
    import('../../check/policy/compile-policy.ts'),
    import('../../check/policy/pattern-steps.ts'),
  ])
  const compiled = compilePolicy(file.document, new PatternSteps({ ...defaultLimits, ...limits }))
  return {
    ...looks,
    statementsFor: ({ path, files }) => compiled.expectedOf(pathsInPolicy(file, path, files)).statements,
  }
}
