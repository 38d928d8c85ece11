import type { Checkpoint } from '../../model/checkpoint.ts'

/** The full model in the folder of an adapter: the configuration of the adapter is not its own. */
export function isModelBeside({ side, files }: Checkpoint): boolean {
  const isAdapter = files.some(({ name, role }) => role === 'weights' && /adapter/i.test(name))
  return side.config?.has('architectures') === true && !isAdapter
}
