/** Prefixes that wrappers put before every name of a state dict, and the wrapper. */
export const wrapperPrefixes: ReadonlyMap<string, string> = new Map([
  ['module.', 'DataParallel, DistributedDataParallel or AveragedModel'],
  ['_orig_mod.', 'torch.compile'],
  ['_fsdp_wrapped_module.', 'FullyShardedDataParallel'],
  ['_checkpoint_wrapped_module.', 'activation checkpointing'],
])

/** Names, one at a time. */
interface Names {
  readonly length: number
  name(index: number): string
}

/** The wrapper prefixes all names share, outermost first. Counters that a wrapper keeps on itself are passed over. */
export function sharedPrefixes(names: Names): readonly string[] {
  const shared: string[] = []
  for (let at = 0; shared.length < 16; ) {
    const prefix = [...wrapperPrefixes.keys()].find((one) => allStartWith(names, one, at))
    if (prefix === undefined) break
    shared.push(prefix)
    at += prefix.length
  }
  return shared
}

/** Whether there are names and all go on with `prefix` at `at`. */
function allStartWith(names: Names, prefix: string, at: number): boolean {
  let found = false
  for (let index = 0; index < names.length; index++) {
    const name = names.name(index)
    if (name === 'n_averaged') continue
    if (!name.startsWith(prefix, at)) return false
    found = true
  }
  return found
}
