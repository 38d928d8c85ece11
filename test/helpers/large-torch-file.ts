import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'

const text = (value: string) => Buffer.from(value, 'latin1')

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

const unicode = (value: string) =>
  Buffer.concat([text('X'), u32(Buffer.byteLength(value)), Buffer.from(value)])
const integer = (value: number) => Buffer.concat([text('J'), u32(value)])

/** `{name: float32 [elements]}` as torch.save pickles it: globals and `cpu` once, then from the memo. */
function dataPickle(names: readonly string[], elements: number, view = ''): Buffer {
  const storage = unicode('storage')
  const device = unicode('cpu')
  const parts: Buffer[] = [text('\x80\x02}(')]
  names.forEach((name, i) => {
    const isFirst = i === 0
    parts.push(unicode(name), text(isFirst ? 'ctorch._utils\n_rebuild_tensor_v2\nq\x00((' : 'h\x00(('))
    parts.push(
      isFirst ? Buffer.concat([storage, text('q\x03ctorch\nFloatStorage\nq\x01')]) : text('h\x03h\x01'),
    )
    parts.push(unicode(String(i)), isFirst ? Buffer.concat([device, text('q\x04')]) : text('h\x04'))
    parts.push(integer(elements), text(`${view}tQK\x00`), integer(elements), text('\x85K\x01\x85\x89'))
    parts.push(text(isFirst ? 'ccollections\nOrderedDict\nq\x02' : 'h\x02'), text(')RtR'))
  })
  return Buffer.concat([...parts, text('u.')])
}

/** The end record of zip64 and its locator, which count more than 65,535 entries; empty where there are fewer. */
function zip64End(entries: number, directoryBytes: number, directoryOffset: number): Buffer {
  if (entries <= 0xffff) return Buffer.alloc(0)
  const end = Buffer.alloc(76)
  end.writeUInt32LE(0x06064b50, 0)
  end.writeBigUInt64LE(44n, 4)
  end.writeBigUInt64LE(BigInt(entries), 24)
  end.writeBigUInt64LE(BigInt(entries), 32)
  end.writeBigUInt64LE(BigInt(directoryBytes), 40)
  end.writeBigUInt64LE(BigInt(directoryOffset), 48)
  end.writeUInt32LE(0x07064b50, 56)
  end.writeBigUInt64LE(BigInt(directoryOffset + directoryBytes), 64)
  end.writeUInt32LE(1, 72)
  return end
}

/**
 * Writes a file as torch.save does, of `tensors` float32 vectors of `elements`. Their values are holes: the file
 * takes little room on a disk whatever its size.
 *
 * @returns its size in bytes
 */
export function writeLargeTorchFile(path: string, tensors: number, elements: number): number {
  const names = Array.from(
    { length: tensors },
    (_, i) => `layers.${i >> 1}.${i % 2 === 0 ? 'weight' : 'bias'}`,
  )
  const file = openSync(path, 'w')
  const directory: Buffer[] = []
  const zeros = Buffer.alloc(4 * elements)
  const zerosChecksum = crc32(zeros)
  let at = 0
  const put = (name: string, data: Buffer | null): void => {
    const bytes = data?.length ?? zeros.length
    const checksum = data === null ? zerosChecksum : crc32(data)
    const padding = (64 - ((at + 30 + name.length + 4) % 64)) % 64
    const local = Buffer.alloc(30 + name.length + 4 + padding, 'Z')
    local.fill(0, 0, 30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(0x0808, 6)
    local.writeUInt16LE(name.length, 26)
    local.writeUInt16LE(4 + padding, 28)
    local.write(name, 30)
    local.write('FB', 30 + name.length)
    local.writeUInt16LE(padding, 30 + name.length + 2)
    writeSync(file, local, 0, local.length, at)
    if (data !== null) writeSync(file, data, 0, data.length, at + local.length)
    const descriptor = Buffer.concat([text('PK\x07\x08'), u32(checksum), u32(bytes), u32(bytes)])
    writeSync(file, descriptor, 0, descriptor.length, at + local.length + bytes)
    const record = Buffer.alloc(46 + name.length)
    record.writeUInt32LE(0x02014b50, 0)
    record.writeUInt16LE(0x0808, 8)
    record.writeUInt32LE(checksum, 16)
    record.writeUInt32LE(bytes, 20)
    record.writeUInt32LE(bytes, 24)
    record.writeUInt16LE(name.length, 28)
    record.writeUInt32LE(at, 42)
    record.write(name, 46)
    directory.push(record)
    at += local.length + bytes + descriptor.length
  }
  put('archive/data.pkl', dataPickle(names, elements))
  put('archive/byteorder', text('little'))
  names.forEach((_, i) => {
    put(`archive/data/${i}`, null)
  })
  put('archive/version', text('3\n'))
  const records = Buffer.concat(directory)
  const zip64 = zip64End(directory.length, records.length, at)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Math.min(directory.length, 0xffff), 8)
  end.writeUInt16LE(Math.min(directory.length, 0xffff), 10)
  end.writeUInt32LE(records.length, 12)
  end.writeUInt32LE(at, 16)
  const tail = Buffer.concat([records, zip64, end])
  writeSync(file, tail, 0, tail.length, at)
  ftruncateSync(file, at + tail.length)
  closeSync(file)
  return at + tail.length
}

/** A file as torch.save wrote it before 1.6, of `tensors` float32 vectors of `elements`, all zeros. */
export function legacyTorchFile(tensors: number, elements: number): Buffer {
  const names = Array.from({ length: tensors }, (_, i) => `layers.${i}.weight`)
  const keys = names.map((_, i) => unicode(String(i)))
  const count = Buffer.alloc(8)
  count.writeUInt32LE(elements)
  return Buffer.concat([
    text('\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e'),
    text('\x80\x02M\xe9\x03.'),
    text('\x80\x02}.'),
    // The tensors of a legacy file say after each storage whether it is a view of another: None.
    dataPickle(names, elements, 'N'),
    text('\x80\x02]('),
    ...keys,
    text('e.'),
    ...names.flatMap(() => [count, Buffer.alloc(4 * elements)]),
  ])
}
