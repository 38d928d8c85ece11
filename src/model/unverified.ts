export const unverifiedKinds = [
  'zip-local-headers',
  'storage-counts',
  'pickles',
  'distributed-parts',
  'script-code',
] as const

/** What of a file at a distance has been left out: it only confirms the rest, or no tensor comes from it. */
export interface Unverified {
  /** Relative to the checkpoint. */
  readonly file: string
  /**
   * - `zip-local-headers`: a zip archive describes each member twice, and only its directory has been read
   * - `storage-counts`: torch before 1.6 repeats the length of each storage before its values
   * - `pickles`: pickles beside the one that the tensors come from have not been looked into
   * - `distributed-parts`: each part of a tensor of a distributed checkpoint says its shape and type itself
   * - `script-code`: the code of a TorchScript archive has not been looked through for what it does with files
   */
  readonly what: (typeof unverifiedKinds)[number]
  /** How many of them. */
  readonly count: number
  /** What comparing them takes, in bytes. */
  readonly bytes: number
}

const words: Readonly<Record<Unverified['what'], readonly [one: string, several: string]>> = {
  'zip-local-headers': [
    'the second description of a zip member has not been compared with its first',
    'the second descriptions of COUNT zip members have not been compared with their first',
  ],
  'storage-counts': [
    'the length that stands before a storage has not been compared with its tensors',
    'the lengths that stand before COUNT storages have not been compared with their tensors',
  ],
  pickles: [
    'a pickle beside the one with the tensors has not been looked into',
    'COUNT pickles beside the one with the tensors have not been looked into',
  ],
  'distributed-parts': [
    'the part of a tensor has not been compared with what .metadata says of it',
    'COUNT parts of tensors have not been compared with what .metadata says of them',
  ],
  'script-code': [
    'a file of code has not been looked through',
    'COUNT files of code have not been looked through',
  ],
}

/** One sentence for all files, each kind summed up; undefined where there is nothing to say. */
export function unverifiedText(unverified: readonly Unverified[]): string | undefined {
  const sentences = (Object.keys(words) as Unverified['what'][]).flatMap((what) => {
    const those = unverified.filter((one) => one.what === what)
    const [one, several] = words[what]
    const count = those.reduce((sum, { count }) => sum + count, 0)
    const bytes = those.reduce((sum, { bytes }) => sum + bytes, 0)
    if (count === 0) return []
    return [`${count === 1 ? one : several.replace('COUNT', String(count))}, which takes ${bytes} bytes more`]
  })
  return sentences.length === 0 ? undefined : sentences.join('; ')
}
