import { reflectedCrc } from './reflected-crc.ts'

/** The CRC-32 of zip and gzip (ISO 3309, reflected 0xedb88320), unsigned. */
export const crc32 = reflectedCrc(0xedb88320)
