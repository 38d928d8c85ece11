import { expect, test } from 'vitest'
import { sharedBytes } from '../../../src/formats/torch/distributed/distributed-chunks.ts'
import { zipBytes } from '../../codec/zip-bytes.ts'
import { readBytes } from './open.ts'

const text = (value: string) => `X${String.fromCharCode(value.length & 255, value.length >> 8)}\0\0${value}`
const pickle = (body: string) => Buffer.from(`\x80\x02${body}.`, 'latin1')
const evil = pickle(`cposix\nsystem\n${text('true')}\x85R`)
/** A tar archive of one member: POSIX.1-2001, ustar. */
function tarBytes(name: string, data: Uint8Array): Uint8Array {
  const header = Buffer.alloc(512)
  header.write(name, 0)
  header.write('0000644\0', 100)
  header.write(`${data.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write('        0', 148)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((all, byte) => all + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const padding = Buffer.alloc((512 - (data.length % 512)) % 512)
  return Buffer.concat([header, data, padding, Buffer.alloc(1024)])
}
const version = { name: 'a/version', data: '3\n' }
const data = { name: 'a/data.pkl', data: pickle('}') }
const saved = (object: Uint8Array) =>
  zipBytes([
    { name: 'x/data.pkl', data: object },
    { name: 'x/version', data: '3\n' },
  ])

async function messages(...members: { name: string; data: Uint8Array | string }[]): Promise<string[]> {
  const { findings } = await readBytes(zipBytes([data, ...members, version]), 'a.pt')
  return findings.filter(({ level }) => level === 'error').map(({ rule, message }) => `${rule} ${message}`)
}

test.each([
  ['a pickle that the file holds beside its own', { name: 'a/other.pkl', data: evil }],
  ['one without an ending', { name: 'a/other', data: evil }],
  ['a text pickle', { name: 'a/inputs.pt', data: Buffer.from("cposix\nsystem\n(S'true'\ntR.") }],
  ['an archive of its own', { name: 'a/sample_inputs/model.pt', data: saved(evil) }],
  ['an archive in an archive', { name: 'a/more.zip', data: zipBytes([{ name: 'y.pt', data: saved(evil) }]) }],
  ['a tar archive', { name: 'a/more.dat2', data: tarBytes('x/evil', evil) }],
  [
    'an archive in a tar archive in an archive',
    { name: 'a/more.zip', data: zipBytes([{ name: 'x.tar', data: tarBytes('y.pt', saved(evil)) }]) },
  ],
  ['what follows the end of a pickle', { name: 'a/other.pkl', data: Buffer.concat([pickle('N'), evil]) }],
])('is read: %s', async (_, member) => {
  expect(await messages(member)).toEqual([
    expect.stringContaining('security/pickle-globals imports posix.system'),
  ])
})

test('is read, and what loads it told: a pickle in bytes, as protocol 2 writes them', async () => {
  const bytes = `c_codecs\nencode\n${text(`cposix\nsystem\n(S'true'\ntR.`)}${text('latin1')}\x86R`
  const data = pickle(`ctorch.storage\n_load_from_bytes\n${bytes}\x85R`)
  expect(await messages({ name: 'a/other.pkl', data })).toEqual([
    expect.stringContaining('security/pickle-globals imports torch.storage._load_from_bytes'),
    expect.stringContaining('security/pickle-globals imports posix.system'),
  ])
})

test.each([
  ['is cut off', { name: 'a/other.pkl', data: evil.subarray(0, -3) }, 'run past the end'],
  ['is compressed', { name: 'a/extra/e.pkl.gz', data: '\x1f\x8b\x08\0' }, 'it is compressed'],
  [
    'is compressed in an archive',
    { name: 'a/m.zip', data: zipBytes([{ name: 'm.tgz', data: 'xx' }]) },
    'it is compressed',
  ],
  ['is an archive that cannot be opened', { name: 'a/b.pt', data: saved(evil).subarray(0, -9) }, 'zip'],
])('a member that %s is an error, with what it names before', async (_, member, why) => {
  expect((await messages(member)).join('\n')).toMatch(new RegExp(`torch/unread-member .*${why}`))
})

test('archives deeper than four are not passed over in silence', async () => {
  let inner = saved(evil)
  for (let depth = 0; depth < 5; depth++) inner = zipBytes([{ name: 'in.zip', data: inner }])
  expect((await messages({ name: 'a/in.zip', data: inner })).join()).toContain('it is an archive in 4 others')
})

test('nor are tar archives', async () => {
  let inner: Uint8Array = evil
  for (let depth = 0; depth < 6; depth++) inner = tarBytes('in', inner)
  expect((await messages({ name: 'a/in.tar', data: inner })).join()).toContain('it is an archive in 4 others')
})

test('storages are no pickles, whatever their bytes', async () => {
  expect(await messages({ name: 'a/data/0', data: evil })).toEqual([])
})

const blob = (name: string, offset: number) => ({
  name,
  file: 'f',
  offset,
  length: 10,
  start: [0],
  isTransformed: false,
})

test('two chunks of a distributed checkpoint in the same bytes', () => {
  expect(sharedBytes([blob('w', 0), blob('v', 5)], '.metadata')).toMatchObject([
    { rule: 'torch-distributed/chunks', message: expect.stringContaining('in the same bytes of "f"') },
  ])
  expect(sharedBytes([blob('w', 0), blob('v', 10)], '.metadata')).toEqual([])
})

test('more imports than a call can have arguments are all listed', async () => {
  const names = Array.from({ length: 150_000 }, (_, i) => `ca\nb${i}\n0`).join('')
  const { pickle: found } = await readBytes(Buffer.concat([pickle('N'), pickle(`${names}N`)]), 'a.pkl')
  expect(found?.imports).toHaveLength(150_000)
})

test('as are the elements of a list that is rebuilt as an object of another class', async () => {
  const list = `(${'K\x01'.repeat(150_000)}l`
  const stream = `ccopy_reg\n_reconstructor\n(c__main__\nList\nc__builtin__\nlist\n${list}tR.`
  await expect(readBytes(Buffer.from(stream, 'latin1'), 'a.pkl')).resolves.toMatchObject({ stateDicts: [] })
})

test('a tar archive of torch 0.1 whose member has a negative size is refused', async () => {
  const bytes = Buffer.from(tarBytes('sys_info', new Uint8Array(8)))
  bytes.write('-0000001000\0', 124)
  bytes.write('        ', 148)
  const sum = bytes.subarray(0, 512).reduce((all, byte) => all + byte, 0)
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  await expect(readBytes(bytes, 'a.pt')).rejects.toMatchObject({ code: 'format/truncated' })
})
