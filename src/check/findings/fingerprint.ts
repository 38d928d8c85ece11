/** Of each 32 bits of the digest: where its sum starts. The first is FNV-1a's own. */
const offsets = [0x811c9dc5, 0x2f0b4a1d, 0x9e3779b9, 0x5bd1e995]

/**
 * 128 bits of a text as hexadecimal digits, the same in every run and on every machine. It tells findings apart
 * and is no defence against somebody who wants two to look the same.
 */
export function fingerprintOf(parts: readonly string[]): string {
  // Lengths before texts: no part can look like the end of another.
  const text = parts.map((part) => `${part.length}:${part}`).join('')
  return offsets.map((offset) => sum(text, offset).toString(16).padStart(8, '0')).join('')
}

/** FNV-1a over UTF-16 code units, with its bits mixed once more at the end. */
function sum(text: string, offset: number): number {
  let hash = offset
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39)
  return (hash ^ (hash >>> 15)) >>> 0
}
