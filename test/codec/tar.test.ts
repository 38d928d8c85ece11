import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { tarMembers } from '../../src/codec/tar.ts'
import { defaultLimits, type Limits } from '../../src/limits.ts'

const folder = new URL('../../fixtures/torch/tar/', import.meta.url)
const bytesOf = (name: string) => new Uint8Array(readFileSync(new URL(name, folder)))
const membersOf = (bytes: Uint8Array, limits: Limits = defaultLimits) =>
  tarMembers(bytes.length, async (at, length) => bytes.subarray(at, at + length), limits)

/** The header's checksum as POSIX defines it, put in anew. */
function resealed(bytes: Uint8Array, at: number): Uint8Array {
  bytes.fill(0x20, at + 148, at + 156)
  const sum = bytes.subarray(at, at + 512).reduce((one, other) => one + other, 0)
  bytes.set(Buffer.from(`${sum.toString(8).padStart(6, '0')}\0 `), at + 148)
  return bytes
}

describe('the members of a tar archive', () => {
  const truth = JSON.parse(readFileSync(new URL('truth.json', folder), 'utf8'))
  it.each(['pax', 'gnu'])('are those that Python finds, by their long names: %s', async (form) => {
    const found = await membersOf(bytesOf(`${form}.nemo`))
    expect(found.map(({ name, offset, size }) => [name, offset, size])).toEqual(truth.members[form])
  })

  it('end at the first block of zeros, or at the end of the file', async () => {
    const bytes = bytesOf('two.nemo')
    const all = await membersOf(bytes)
    const last = all.at(-1)
    const end = (last?.offset ?? 0) + Math.ceil((last?.size ?? 0) / 512) * 512
    expect(await membersOf(bytes.subarray(0, end))).toEqual(all)
    expect(await membersOf(new Uint8Array(1024))).toEqual([])
  })

  it('are refused where a header is not what it says, or leads beyond the file', async () => {
    const odd = bytesOf('two.nemo')
    odd[0] = 0x41
    await expect(membersOf(odd)).rejects.toMatchObject({ code: 'format/malformed', offset: 0 })
    for (const size of ['77777777777', '-0000000001', '0000000000z']) {
      const large = bytesOf('two.nemo')
      large.set(Buffer.from(size), 124)
      await expect(membersOf(resealed(large, 0))).rejects.toMatchObject({ code: 'format/truncated' })
    }
    const short = bytesOf('two.nemo')
    await expect(membersOf(short.subarray(0, 2000))).rejects.toMatchObject({ code: 'format/truncated' })
    await expect(membersOf(bytesOf('two.nemo'), { ...defaultLimits, folderFiles: 2 })).rejects.toMatchObject({
      code: 'limit/exceeded',
    })
  })

  it('have the numbers that GNU tar writes for what octal digits cannot hold', async () => {
    const bytes = bytesOf('two.nemo')
    const [first] = await membersOf(bytes)
    const size = first?.size ?? 0
    bytes.set([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, size >> 8, size & 255], 124)
    expect((await membersOf(resealed(bytes, 0)))[0]).toEqual(first)
  })
})
