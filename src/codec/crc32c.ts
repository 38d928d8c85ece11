import { reflectedCrc } from './reflected-crc.ts'

/** The CRC-32C of Castagnoli (RFC 3720 appendix B.4, reflected 0x82f63b78), unsigned. */
export const crc32c = reflectedCrc(0x82f63b78)

/** As LevelDB stores it: a checksum of bytes that hold checksums would be weak (`crc32c::Mask`). */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes)
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}
