import { type KnownFile, knownFiles } from './known-files.ts'

/**
 * What `head`, the first 512 bytes of a file or all of it, is: something that is often mistaken for a
 * checkpoint, or a format sdinspect does not read. null when nothing is recognised.
 */
export function sniff(head: Uint8Array): KnownFile | null {
  return knownFiles.find(({ detect }) => detect?.(head)) ?? null
}

/** What a file of this name is, of the kinds that their bytes do not tell. */
export function sniffName(name: string): KnownFile | null {
  const lower = name.toLowerCase()
  return (
    knownFiles.find(
      ({ detect, endings, named }) =>
        detect === undefined && (endings.some((ending) => lower.endsWith(ending)) || named?.test(lower)),
    ) ?? null
  )
}

/** The same where more than the ending of the name tells: it goes before the ending, which another format may have. */
export function sniffWholeName(name: string): KnownFile | null {
  const lower = name.toLowerCase()
  return knownFiles.find(({ detect, named }) => detect === undefined && named?.test(lower)) ?? null
}
