import { rule } from '../../rule.ts'
import { lowRankPairs } from '../../structure/low-rank-pairs.ts'

interface Facts {
  readonly targets: readonly string[]
  /** Whether no target is there at all. */
  readonly isAll: boolean
}

export const loraTargets = rule({
  id: 'lora/targets',
  level: 'warning',
  // PEFT makes adapters for what is named; where nothing of that is in the file, nothing of the file is used.
  levelOf: ({ isAll }: Facts) => (isAll ? 'error' : 'warning'),
  claim: 'Every target module of adapter_config.json has LoRA tensors',
  why: 'A target without tensors keeps the weights of the base, though the configuration says it was trained.',
  case: 'An adapter whose targets were stripped merged to a model identical to its base (huggingface/peft #1579, PrimeIntellect-ai/prime-rl #1707).',
  fix: 'use the adapter_config.json that was saved with these weights',
  message: ({ targets }: Facts) => {
    const shown = targets.slice(0, 5).map((target) => JSON.stringify(target.slice(0, 100)))
    const rest = targets.length - shown.length
    return `no tensor adapts ${shown.join(', ')}${rest > 0 ? ` and ${rest} more targets` : ''}`
  },
  about: ['file', 'key'],

  *check({ checkpoint, stateDict, isWhole }, tell) {
    const config = checkpoint.side.adapterConfig
    const targets = config?.get('target_modules')
    // A text is a pattern of Python's, which is not run here.
    if (config?.get('peft_type') !== 'LORA' || !Array.isArray(targets) || !isWhole) return
    const modules = lowRankPairs(stateDict).map(({ module }) => module)
    if (modules.length === 0) return
    // By every ending of a module's path: a target may be one segment or several.
    const endings = new Set<string>()
    for (const module of modules) {
      const segments = module.split('.').slice(-8)
      for (let at = segments.length - 1; at >= 0; at--) endings.add(segments.slice(at).join('.'))
      endings.add(module)
    }
    const excluded = config.get('exclude_modules') ?? []
    // A text is a pattern too, and then nothing can be said of what it leaves out.
    if (!Array.isArray(excluded)) return
    const isExcluded = (target: string): boolean =>
      excluded.some((name) => typeof name === 'string' && (target === name || target.endsWith(`.${name}`)))
    const missing = targets.filter(
      (target): target is string => typeof target === 'string' && !endings.has(target) && !isExcluded(target),
    )
    const [first] = missing
    if (first === undefined) return
    yield tell(
      { targets: missing, isAll: missing.length === targets.length },
      { file: 'adapter_config.json', key: first },
    )
  },
})
