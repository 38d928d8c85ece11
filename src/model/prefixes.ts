/** Prefixes that wrappers put before every name of a state dict, and the wrapper. */
export const wrapperPrefixes: ReadonlyMap<string, string> = new Map([
  ['module.', 'DataParallel, DistributedDataParallel or AveragedModel'],
  ['_orig_mod.', 'torch.compile'],
  ['_fsdp_wrapped_module.', 'FullyShardedDataParallel'],
  ['_checkpoint_wrapped_module.', 'activation checkpointing'],
])

/** The wrapper prefixes all names share, outermost first. Counters that a wrapper keeps on itself are passed over. */
export function sharedPrefixes(names: readonly string[]): readonly string[] {
  const wrapped = names.filter((name) => name !== 'n_averaged')
  if (wrapped.length === 0) return []
  const shared: string[] = []
  for (let at = 0, found = true; found && shared.length < 16; ) {
    found = false
    for (const prefix of wrapperPrefixes.keys()) {
      if (!wrapped.every((name) => name.startsWith(prefix, at))) continue
      shared.push(prefix)
      at += prefix.length
      found = true
      break
    }
  }
  return shared
}
