import { crc32 } from 'node:zlib'

/** The same file with zeros for the values of its tensors; what has another form is as it was. */
export function withoutValues(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes)
  if (copy.length > 8 && copy[8] === 0x7b) {
    const end = 8 + Number(copy.readBigUInt64LE(0))
    if (end <= copy.length) copy.fill(0, end)
    return copy
  }
  return copy.length > 22 && copy.readUInt32LE(0) === 0x04034b50 ? withoutStorages(copy) : copy
}

/** Of an archive of torch, its central directory at the end: stored members that are storages. */
function withoutStorages(copy: Buffer): Buffer {
  const end = copy.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  if (end < 0) return copy
  let at = copy.readUInt32LE(end + 16)
  for (let left = copy.readUInt16LE(end + 10); left > 0 && at + 46 <= end; left--) {
    const [method, bytes] = [copy.readUInt16LE(at + 10), copy.readUInt32LE(at + 20)]
    const [name, extra, comment] = [28, 30, 32].map((field) => copy.readUInt16LE(at + field)) as [
      number,
      number,
      number,
    ]
    const local = copy.readUInt32LE(at + 42)
    const text = copy.toString('latin1', at + 46, at + 46 + name)
    if (method === 0 && /\/(?:data|constants)\/\d+$/.test(text) && local + 30 < copy.length) {
      const begin = local + 30 + copy.readUInt16LE(local + 26) + copy.readUInt16LE(local + 28)
      copy.fill(0, begin, begin + bytes)
      const sum = crc32(copy.subarray(begin, begin + bytes))
      copy.writeUInt32LE(sum, at + 16)
      // A member that was written as a stream has its checksum behind it.
      if ((copy.readUInt16LE(local + 6) & 8) === 0) copy.writeUInt32LE(sum, local + 14)
      else if (copy.readUInt32LE(begin + bytes) === 0x08074b50) copy.writeUInt32LE(sum, begin + bytes + 4)
    }
    at += 46 + name + extra + comment
  }
  return copy
}
