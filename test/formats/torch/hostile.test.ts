import { existsSync, readdirSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { ErrorCode } from '../../../src/errors.ts'
import type { Checkpoint } from '../../../src/model/checkpoint.ts'
import { fixtureBytes, readBytes } from './open.ts'

const folder = new URL('../../../fixtures/hostile/pt/', import.meta.url)

// The ids are those of tables P and Z of the reliability notes these files were made for. torch's own verdict
// (2.13, weights_only=True) is in the comment: R refused, A accepted.
const refused: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  L04_legacy_tar: [
    'unsupported/format',
    'tar archive of torch 0.1, which sdinspect does not read; its pickle imports os.system',
  ], // R
  M05_local_name_malicious: ['format/malformed', 'another name than the directory'], // A
  M38_dup_bad_first: ['format/malformed', 'duplicate entry "archive/data.pkl"'], // A, the last
  P11b_exec_then_badop: [
    'format/malformed',
    'unknown opcode 0xff at 25; before that it imports os.system at 2',
  ], // R
  P14_frame_lie: ['format/malformed', '4 bytes at 12 cross the end of their frame at 13'], // R
  P17_long4_len_2g: ['format/truncated', '2147483647 bytes at 7 run past the end'], // R
  P17b_long4_neg: ['format/malformed', 'a length of -1'], // R
  P22_mark_underflow: ['format/malformed', 'no MARK on the stack'], // R
  P22b_pop_empty: ['format/malformed', 'stack underflow'], // R
  P23_get_missing: ['format/malformed', 'no memo entry 5'], // R
  P30_neg_size: ['format/malformed', 'the shape [-2, 2]'], // R
  P30_neg_stride: ['format/malformed', 'the strides [-2, 1]'], // R
  P30_tag_evil: ['format/malformed', 'the tag "module", not "storage"'], // R
  P32b_list_key: ['format/malformed', 'a list as a key'], // R
  P40b_invalid_utf8_key: ['format/malformed', 'is not UTF-8'], // R
  Z02_prefix: ['format/malformed', 'data before the archive'], // R
  Z05_local_name_differs: ['format/malformed', 'another name than the directory'], // A
  Z06b_flag_0x20: ['format/malformed', 'encrypted or patched (flags 0x20)'], // R
  Z09_traversal_name: ['format/malformed', 'leads out of its folder'], // A
  Z10_abs_name: ['format/malformed', 'absolute path'], // R
  Z12_bomb_pkl_200MB: ['limit/exceeded', 'zipExpansion=200'], // A
  Z13_bomb_storage_400MB: ['format/malformed', 'holds 400000000 bytes, and its 4 elements of F32 need 16'], // R
  Z15_no_data_pkl: ['format/malformed', 'the archive has no data.pkl'], // R
  Z17_cd_beyond: ['format/malformed', 'runs past its end record'], // R
  Z17b_cd_neg: ['format/malformed', 'runs past its end record'], // R
  Z19_usize_2GB_claim: ['format/malformed', 'is stored, and its sizes are 185 and 2147483647'], // R
  Z21_overlap_entries: ['format/malformed', 'entries overlap'], // A
  Z33_no_root_dir: ['format/malformed', 'in no folder'], // R
  Z34_zip64_locator_garbage: ['format/malformed', 'zip64 end record is over 2^53'], // R
  Z35_overlap_quine_prefix_zip: ['format/malformed', 'data before the archive'], // R
}

const security = 'security/pickle-globals'

/** Read to the end, with these findings and no others. */
const read: Readonly<Record<string, readonly (readonly [rule: string, level: string])[]>> = {
  L01_raw_pickle: [
    [security, 'error'],
    ['torch/no-tensors', 'warning'],
  ], // R
  L02_legacy_ok_prefix: [['torch/refused', 'error']], // R: torch misses a sixth item in its persistent ids
  L03_magic_via_reduce: [
    [security, 'error'],
    ['torch/no-tensors', 'warning'],
  ], // R
  P01_ok: [], // A
  P05_inst: [
    [security, 'error'],
    ['torch/no-tensors', 'warning'],
    ['torch/unused-storage', 'info'],
  ], // R
  P07_newobj: [
    [security, 'error'],
    ['torch/no-tensors', 'warning'],
    ['torch/unused-storage', 'info'],
  ], // R
  P12_nested_pickle: [
    [security, 'error'],
    ['torch/pickle-trailing-bytes', 'warning'],
    ['torch/no-tensors', 'warning'],
    ['torch/unused-storage', 'info'],
  ], // R
  P13_second_pickle_after_stop: [
    [security, 'error'],
    ['torch/pickle-trailing-bytes', 'warning'],
  ], // A
  P15_billion_laughs_memo: [
    ['torch/no-tensors', 'warning'],
    ['torch/unused-storage', 'info'],
  ], // A
  P16_dup_bomb: [
    ['torch/no-tensors', 'warning'],
    ['torch/unused-storage', 'info'],
  ], // R
  P24_global_crlf: [
    [security, 'error'],
    ['torch/no-tensors', 'warning'],
    ['torch/unused-storage', 'info'],
  ], // R
  P25_dotted_attr: [
    [security, 'error'],
    ['torch/no-tensors', 'warning'],
    ['torch/unused-storage', 'info'],
  ], // R
  P30_loc_evil: [['torch/device', 'info']], // A: a location names a device, nothing is opened
  P32c_tuple_key: [['torch/key-type', 'warning']], // A
  P33b_proto255: [['torch/pickle-protocol', 'warning']], // A
  P40c_ansi_key: [], // A
  P42_proto_key: [], // A
  Z03_trailing: [['zip/trailing-bytes', 'warning']], // A
  Z07_bad_crc: [['zip/checksum', 'error']], // A
  Z14_all_deflated: [], // A
  Z28_no_version: [['torch/refused', 'error']], // R
  Z29_byteorder_big: [], // A
}

const open = (name: string): Promise<Checkpoint> => readBytes(bytesOf(`hostile/pt/${name}.pt`), `${name}.pt`)

/** Bombs are kept compressed once more. */
const bytesOf = (name: string): Uint8Array =>
  existsSync(new URL(`../../../fixtures/${name}`, import.meta.url))
    ? fixtureBytes(name)
    : gunzipSync(fixtureBytes(`${name}.gz`))

test('every hostile file has a verdict', () => {
  const names = readdirSync(folder).map((name) => name.replace(/\.pt(\.gz)?$/, ''))
  expect(names.sort()).toEqual([...Object.keys(refused), ...Object.keys(read)].sort())
})

describe('refuses', () => {
  test.each(Object.entries(refused))('%s', async (name, [code, message]) => {
    const error = await open(name).catch((thrown) => thrown)
    expect(error).toMatchObject({ code })
    expect(error.message).toContain(message)
    expect(error.message).not.toContain('\n')
  })
})

describe('reads', () => {
  test.each(Object.entries(read))('%s', async (name, expected) => {
    const { findings } = await open(name)
    expect(findings.map(({ rule, level }) => [rule, level])).toEqual(expected)
  })
})

test('keeps the names of hostile keys as they are', async () => {
  const name = async (file: string) => (await open(file)).stateDicts[0]?.tensors.at(0)?.name
  expect(await name('P42_proto_key')).toBe('__proto__')
  expect(await name('P40c_ansi_key')).toBe('\x1b]0;pwn\x07w')
})

test('marks big-endian values and says how compressed ones are stored', async () => {
  const tensor = async (file: string) => (await open(file)).stateDicts[0]?.tensors.at(0)
  expect((await tensor('Z29_byteorder_big'))?.values).toMatchObject({
    bigEndian: true,
    chunks: [{ length: 16 }],
  })
  expect(await tensor('Z14_all_deflated')).toMatchObject({
    shape: [2, 2],
    bytes: 16,
    values: { chunks: [{ layers: [{ codec: 'deflate', bytes: 16, skip: 0, length: 16 }] }] },
  })
})
