const table = new Uint32Array(256)
for (let byte = 0; byte < 256; byte++) {
  let remainder = byte
  for (let bit = 0; bit < 8; bit++)
    remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1
  table[byte] = remainder
}

/** The CRC-32 of zip and gzip (ISO 3309, reflected 0xedb88320), unsigned. */
export function crc32(bytes: Uint8Array): number {
  let remainder = 0xffffffff
  for (let i = 0; i < bytes.length; i++)
    remainder = (remainder >>> 8) ^ (table[(remainder ^ (bytes[i] as number)) & 255] as number)
  return ~remainder >>> 0
}
