import { finding } from '../findings/finding.ts'
import type { Plain, PlainMap } from '../model/checkpoint.ts'
import type { Finding } from '../model/finding.ts'
import type { Place } from '../source/source.ts'

/** A repository of kernels, with its revision: `kernels-community/flash-attn2@v1` (transformers, hub_kernels.py `is_kernel`). */
const kernel = /^[^/:]+\/[^/:]+(?::[^/:]+)?$/
/** Whose kernels transformers fetches without being told to. */
const trustedKernels = /^kernels-community\//

/**
 * Code outside the libraries that a configuration of transformers names: classes and pipelines of its repository
 * (`auto_map`, `custom_pipelines`), and kernels for its attention.
 */
export function codeNamedIn(file: string, config: PlainMap): readonly Finding[] {
  const names = new Set<string>()
  const kernels = new Set<string>()
  const take = (value: Plain | undefined): void => {
    // A tokenizer has a slow and a fast class, of which one may be null.
    for (const one of Array.isArray(value) ? value : [value]) if (typeof one === 'string') names.add(one)
  }
  const [classes, pipelines] = [config.get('auto_map'), config.get('custom_pipelines')]
  if (classes instanceof Map) for (const one of classes.values()) take(one)
  if (pipelines instanceof Map)
    for (const one of pipelines.values()) if (one instanceof Map) take(one.get('impl'))
  for (const key of ['attn_implementation', '_attn_implementation']) {
    const value = config.get(key)
    // One for each part of a model of several.
    for (const one of value instanceof Map ? value.values() : [value])
      if (typeof one === 'string' && kernel.test(one) && !trustedKernels.test(one)) kernels.add(one)
  }
  const about = { file }
  return [
    ...(names.size === 0 ? [] : [finding('security/model-code', { what: 'own', names: [...names] }, about)]),
    ...(kernels.size === 0
      ? []
      : [finding('security/model-code', { what: 'kernel', names: [...kernels] }, about)]),
  ]
}

/** Code that transformers puts in the place of `generate` where it is beside the weights. */
export async function codeOfGenerate(place: Place): Promise<readonly Finding[]> {
  const folder = 'custom_generate'
  if ((await place.folders?.())?.includes(folder) !== true) return []
  const names = (await place.folder?.(folder)?.list()) ?? []
  if (!names.includes('generate.py')) return []
  const file = `${folder}/generate.py`
  return [
    finding('security/model-code', { what: 'unasked', names: [file], library: 'transformers' }, { file }),
  ]
}
