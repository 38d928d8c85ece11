import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { damages } from '../../scripts/damage/cases.ts'
import { Suppressions } from '../../src/check/policy/suppressions.ts'
import { secondSaves } from '../../src/check/structure/second-saves.ts'
import { parsePolicy } from '../../src/cli/files/policy-document.ts'
import { catalogue, type RuleId } from '../../src/findings/catalogue.ts'
import { openWatchedFolder } from '../../src/formats/open-folder.ts'
import { readCheckpoint } from '../../src/formats/read-checkpoint.ts'
import { hardLinks } from '../../src/formats/shards/shard-findings.ts'
import { sharedBytes } from '../../src/formats/torch/distributed/distributed-chunks.ts'
import { inspectCheckpoint } from '../../src/inspect.ts'
import { defaultLimits } from '../../src/limits.ts'
import type { Finding } from '../../src/model/finding.ts'
import { memorySource } from '../../src/source/memory.ts'
import { memoryPlace } from '../../src/source/memory-place.ts'
import { Watch } from '../../src/source/watch.ts'
import { type EntrySpec, zipBytes } from '../codec/zip-bytes.ts'
import { ggufBytes, number } from '../formats/gguf/gguf-bytes.ts'
import { arrayBytes } from '../formats/numpy/array-bytes.ts'
import { onnxBytes } from '../formats/onnx/onnx-bytes.ts'
import { checkpointOf, type Entries, reportOf, type Surrounding } from '../helpers/checkpoint.ts'
import { packedOrPlain } from '../helpers/packed-files.ts'
import { entry, safetensorsBytes } from '../helpers/safetensors-bytes.ts'
import { jsonBytes, vectorsFile } from '../helpers/shards.ts'

type Proof = () => Promise<readonly { readonly rule: string }[]>

async function read(bytes: Uint8Array, name: string, beside: Record<string, Uint8Array> = {}) {
  const place = memoryPlace(new Map(Object.entries({ ...beside, [name]: bytes })), 'folder')
  return (await readCheckpoint(memorySource(bytes, name), { limits: defaultLimits, place })).findings
}
const fixture =
  (name: string): Proof =>
  () =>
    read(readFileSync(`fixtures/${name}`), name.slice(name.lastIndexOf('/') + 1))
const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1')
const joined = (name: string, text: string): Uint8Array =>
  Buffer.concat([packedOrPlain(`fixtures/${name}`), bytes(text)])
const names = (...list: string[]): Proof => {
  const lengths = Object.fromEntries(list.map((name) => [name, 1]))
  return () => read(vectorsFile(lengths), 'm.safetensors')
}

/** A pickle of a file that torch.save writes, and its storages. */
interface Archive {
  readonly pickle?: string
  readonly storage?: number
  readonly stray?: number
  readonly more?: EntrySpec
}

function saved(
  data: string,
  { pickle = 'a/data.pkl', storage = 16, stray = 0, more }: Archive = {},
): Uint8Array {
  return zipBytes([
    { name: pickle, data: bytes(`\x80\x02${data}.`) },
    {
      name: 'a/data/0',
      data: new Uint8Array(storage),
      raw: new Uint8Array(storage + stray),
      compressedBytes: storage,
    },
    { name: 'a/version', data: '3\n' },
    ...(more === undefined ? [] : [more]),
  ])
}
const text = (value: string) => `X${String.fromCharCode(value.length)}\0\0\0${value}`
const tensor = (elements = 'K\x04') =>
  `ctorch._utils\n_rebuild_tensor_v2\n((${text('storage')}ctorch\nFloatStorage\n${text('0')}${text('cpu')}${elements}tQ` +
  'K\x00K\x02K\x02\x86K\x02K\x01\x86\x89}tR'

const folder =
  (files: Record<string, Uint8Array>): Proof =>
  async () => {
    const place = memoryPlace(new Map(Object.entries(files)), 'folder')
    const found = []
    const context = { limits: defaultLimits, watch: new Watch({}) }
    for await (const opened of openWatchedFolder(place, context, { recurse: true }))
      if ('checkpoint' in opened) found.push(...opened.checkpoint.findings)
    return found
  }
const orbaxTree = (shape: number[]) =>
  jsonBytes({
    tree_metadata: {
      "('a',)": {
        key_metadata: [{ key: 'a', key_type: 2 }],
        value_metadata: { value_type: 'jax.Array', write_shape: shape },
      },
    },
    use_ocdbt: false,
  })
const u16 = (value: number) => new Uint8Array([value & 255, value >> 8])
const partOfSet = (no: number, of: number, tensors: number, name = 'a') =>
  ggufBytes({
    keys: [
      ['split.no', 2, u16(no)],
      ['split.count', 2, u16(of)],
      ['split.tensors.count', 5, number(4, tensors)],
    ],
    tensors: [{ name }],
    data: 16,
  })
const pipeline = jsonBytes({
  _class_name: 'P',
  unet: ['diffusers', 'UNet2DModel'],
  vae: ['diffusers', 'AutoencoderKL'],
})
const one = 'model-00001-of-00002.safetensors'
const two = 'model-00002-of-00002.safetensors'
const sharded =
  (index: object, files: Record<string, Uint8Array>): Proof =>
  () =>
    read(jsonBytes(index), 'model.safetensors.index.json', files)
const pair = { [one]: vectorsFile({ a: 1 }), [two]: vectorsFile({ b: 1 }) }
const map = { a: one, b: two }

function inspected(entries: Entries, around: Surrounding, frozen: readonly string[] = []): Proof {
  return async () => inspectCheckpoint(checkpointOf(entries, around), { path: 'm', frozen }).findings
}

function suppression(said: string): Proof {
  const policy = `version: 1\nsuppress: [{ rule: contents/prefix, reason: known${said} }]\n`
  const suppressions = new Suppressions(parsePolicy(policy, 'sdinspect.yaml'), '2027-07-01')
  suppressions.apply([], ['model'])
  return async () => suppressions.findings(new Map())
}

function saveOf(name: string) {
  const bytes = 32
  return {
    ...reportOf({ 'a.weight': ['F32', [2, 4]] }),
    path: name,
    files: [{ name, bytes, role: 'weights' as const }],
  }
}

/** What gives each finding; `damage`: a case of real damage, which a test of its own holds to it. */
const proofs: { readonly [Id in RuleId]: Proof | 'damage' | 'values' } = {
  'file/not-a-pointer': 'damage',
  'orbax/missing-array': folder({ _METADATA: orbaxTree([2]) }),
  'orbax/other-shape': folder({
    _METADATA: orbaxTree([2]),
    'a/.zarray': new TextEncoder().encode('{"shape":[3],"dtype":"<f4"}'),
  }),
  'orbax/types-elsewhere': fixture('orbax/ocdbt/_METADATA'),
  'tensorflow/data-end': folder({
    'net.index': readFileSync('fixtures/tensorflow/net.index'),
    'net.data-00000-of-00001': new Uint8Array(8),
  }),
  'tensorflow/missing-data': folder({ 'net.index': readFileSync('fixtures/tensorflow/net.index') }),
  'flax/trailing-bytes': () => read(Uint8Array.of(0x81, 0xa1, 0x61, 0x80, 0), 'm.msgpack'),
  'format/control-in-name': fixture('hostile/st/B29_del_and_c1_name.safetensors'),
  'format/empty-name': names(''),
  'format/huge-dimension': fixture('hostile/st/D19_shape_zero_huge.safetensors'),
  'format/invisible-in-name': fixture('hostile/st/C20_bidi_name.safetensors'),
  'format/leading-whitespace': fixture('hostile/st/B02_leading_tab_nl.safetensors'),
  'format/names-look-equal': names('caf\u00e9', 'cafe\u0301'),
  'format/null-metadata': fixture('hostile/st/C15_metadata_null.safetensors'),
  'format/unknown-field': () =>
    read(safetensorsBytes({ header: { a: { ...entry('U8', [1], 0, 1), sum: 7 } } }), 'm.safetensors'),
  'format/valid': 'damage',
  'format/wrong-name': 'damage',
  'shards/broken': 'damage',
  'shards/copy': folder({
    'a.safetensors': vectorsFile({ a: 1 }),
    'a (1).safetensors': vectorsFile({ a: 1 }),
  }),
  'shards/disagreeing-totals': sharded(
    { weight_map: { a: one, b: 'model-00002-of-00009.safetensors' } },
    { [one]: vectorsFile({ a: 1 }), 'model-00002-of-00009.safetensors': vectorsFile({ b: 1 }) },
  ),
  'shards/duplicate-tensor': 'damage',
  'shards/hard-link': async () =>
    hardLinks({ read: [{ name: one, links: 2 }] } as unknown as Parameters<typeof hardLinks>[0]),
  'shards/incomplete': 'damage',
  'shards/no-index': folder({ ...pair, 'config.json': jsonBytes({ model_type: 'llama' }) }),
  'shards/one-of-several': fixture('bart-sharded/model-00001-of-00004.safetensors'),
  'index/missing-shard': 'damage',
  'index/missing-tensor': 'damage',
  'index/shadowed': sharded({ weight_map: map }, { ...pair, 'model.safetensors': vectorsFile({ a: 1 }) }),
  'index/stray-shard': 'damage',
  'index/total-parameters': sharded({ metadata: { total_parameters: 'many' }, weight_map: map }, pair),
  'index/total-size': 'damage',
  'index/unlisted-tensor': 'damage',
  'index/wrong-shard': 'damage',
  'parts/missing': folder({ 'model_index.json': pipeline, 'vae/model.safetensors': vectorsFile({ a: 1 }) }),
  'parts/only-variant': folder({
    'model_index.json': pipeline,
    'vae/model.fp16.safetensors': vectorsFile({ a: 1 }),
    'unet/model.fp16.safetensors': vectorsFile({ a: 1 }),
  }),
  'folder/second-save': async () => [
    ...secondSaves([saveOf('model.safetensors'), saveOf('pytorch_model.bin')]).values(),
  ],
  'folder/stale-save': 'damage',
  'zip/checksum': fixture('hostile/pt/Z07_bad_crc.pt'),
  'zip/name-case': () => read(saved(`}${text('w')}${tensor()}s`, { pickle: 'a/data.PKL' }), 'a.pt'),
  'zip/stray-bytes': () => read(saved(`}${text('w')}${tensor()}s`, { stray: 5 }), 'a.pt'),
  'zip/trailing-bytes': fixture('hostile/pt/Z03_trailing.pt'),
  'gguf/long-name': fixture('hostile/gguf/G33_name_64.gguf'),
  'gguf/many-dimensions': fixture('hostile/gguf/G35_ndims_5.gguf'),
  'gguf/newer-type': () => read(ggufBytes({ tensors: [{ type: 43 }], data: 16 }), 'm.gguf'),
  'gguf/odd-name': () =>
    read(ggufBytes({ tensors: [{ name: new Uint8Array([0x61, 0xff]) }], data: 16 }), 'm.gguf'),
  'gguf/one-part': () => read(partOfSet(0, 2, 1), 'm.gguf'),
  'gguf/other-part': () => read(partOfSet(0, 2, 1), 'm-00002-of-00002.gguf'),
  'shards/stated-tensors': folder({
    'm-00001-of-00002.gguf': partOfSet(0, 2, 3, 'a'),
    'm-00002-of-00002.gguf': partOfSet(1, 2, 3, 'b'),
  }),
  'gguf/odd-value': fixture('hostile/gguf/G32_bool_2.gguf'),
  'gguf/retired-type': () =>
    read(ggufBytes({ tensors: [{ type: 31, dimensions: [32] }], data: 18 }), 'm.gguf'),
  'gguf/trailing-bytes': fixture('hostile/gguf/G49_extra_data.gguf'),
  'numpy/other-members': () =>
    read(
      zipBytes([
        { name: 'a.npy', data: arrayBytes() },
        { name: 'README', data: 'hello' },
      ]),
      'm.npz',
    ),
  'numpy/raw-type': fixture('hostile/npz/N22_void.npz'),
  'numpy/trailing-bytes': () => read(arrayBytes({ data: 20 }), 'm.npy'),
  'hdf5/chunked': () =>
    read(new Uint8Array(brotliDecompressSync(readFileSync('fixtures/hdf5/pieces-latest.h5.br'))), 'm.h5'),
  'hdf5/never-written': fixture('hdf5/odd.h5'),
  'hdf5/outside': fixture('hdf5/odd.h5'),
  'hdf5/strange-type': fixture('hdf5/odd.h5'),
  'onnx/data-end': () =>
    read(onnxBytes({ external: { location: 'w' } }), 'm.onnx', { w: new Uint8Array(15) }),
  'onnx/data-size': () =>
    read(onnxBytes({ external: { location: 'w', length: '15' } }), 'm.onnx', { w: new Uint8Array(16) }),
  'onnx/missing-data': () => read(onnxBytes({ external: { location: 'w' } }), 'm.onnx'),
  'onnx/newer-type': () => read(onnxBytes({ type: 99 }), 'm.onnx'),
  'torch/device': async () => read(saved(tensor().replace(text('cpu'), text('cuda:0'))), 'm.pt'),
  'torch/old-text': () => read(saved(`}${text('w')}${tensor()}s${text('by')}U\x02\xe9as`), 'm.pt'),
  'torch/key-type': fixture('hostile/pt/P32c_tuple_key.pt'),
  'torch/module-attributes': fixture('torch/torch-1.13/spectral-module.pt'),
  'torch/no-tensors': () => read(saved(`}${text('epoch')}K\x01s`), 'a.pt'),
  'torch/location': async () => read(saved(tensor().replace(text('cpu'), text('cpu:0'))), 'm.pt'),
  'torch/refused': fixture('hostile/pt/Z28_no_version.pt'),
  'torch/oversized-storage': () =>
    read(saved(`}${text('w')}${tensor('J\0\0\x10\0')}s`, { storage: 4 << 20 }), 'a.pt'),
  'torch/pickle-protocol': fixture('hostile/pt/P33b_proto255.pt'),
  'torch/pickle-trailing-bytes': fixture('hostile/pt/P12_nested_pickle.pt'),
  'torch/trailing-bytes': () => read(joined('torch/legacy.pth', 'more'), 'legacy.pth'),
  'torch/unfollowed': fixture('torch/representations/nested.pt'),
  'torch/unlisted-tensors': () =>
    read(saved(`}${text('w')}${tensor()}s${text('odd')}}${tensor()}K\x01ss`), 'a.pt'),
  'torch/unread-member': () =>
    read(saved('}', { more: { name: 'a/other.pkl', data: bytes('\x80\x02cposix\nsystem\n') } }), 'a.pt'),
  'torch/unread-tensors': () => {
    // A type of 3 bits, which no torch stores: of the newest rebuild function, which is given the type apart.
    const unread =
      `ctorch._utils\n_rebuild_tensor_v3\n((${text('storage')}ctorch.storage\nUntypedStorage\n${text('0')}${text('cpu')}K\x10tQ` +
      'K\x00K\x02\x85K\x01\x85\x89}ctorch\nint3\ntR'
    return read(saved(`}${text('w')}${tensor()}s${text('u')}${unread}s`), 'a.pt')
  },
  'torch/unused-storage': fixture('hostile/pt/P05_inst.pt'),
  'torch-distributed/chunks': async () => {
    const blob = { file: 'f', length: 10, start: [0], isTransformed: false }
    const blobs = [
      { ...blob, name: 'w', offset: 0 },
      { ...blob, name: 'v', offset: 5 },
    ]
    return sharedBytes(blobs, '.metadata')
  },
  'torch-distributed/missing-file': () => read(readFileSync('fixtures/torch/dcp/.metadata'), '.metadata'),
  'torch-distributed/short-file': () =>
    read(readFileSync('fixtures/torch/dcp/.metadata'), '.metadata', { '__0_0.distcp': new Uint8Array(9) }),
  'torch-distributed/stray-file': () =>
    read(readFileSync('fixtures/torch/dcp/.metadata'), '.metadata', {
      '__0_0.distcp': readFileSync('fixtures/torch/dcp/__0_0.distcp'),
      '__1_0.distcp': new Uint8Array(9),
    }),
  'torch-distributed/unnamed-bytes': () =>
    read(readFileSync('fixtures/torch/dcp/.metadata'), '.metadata', {
      '__0_0.distcp': Buffer.concat([readFileSync('fixtures/torch/dcp/__0_0.distcp'), Buffer.alloc(9)]),
    }),
  'torch-distributed/wrong-parts': () => {
    const metadata = readFileSync('fixtures/torch/dcp/.metadata')
    // The whole of the first tensor is of 99 rows now, and its part of 8.
    metadata[metadata.indexOf('!(K\x08K\x03', 0, 'latin1') + 3] = 99
    return read(metadata, '.metadata', { '__0_0.distcp': readFileSync('fixtures/torch/dcp/__0_0.distcp') })
  },
  'torchscript/frozen': fixture('torch/torch-1.13/frozen.ts.pt'),
  'pickle/trailing-bytes': () => read(bytes('\x80\x02}q\x00.more'), 'a.pkl'),
  'json/nonfinite': () => read(bytes('{"w": [[NaN, 1.5]]}'), 'a.json'),
  'security/pickle-globals': fixture('hostile/pt/L01_raw_pickle.pt'),
  'security/model-code': () =>
    read(
      zipBytes([
        { name: 'm/data.pkl', data: bytes('\x80\x02c__torch__\nN\n)\x81}b.') },
        { name: 'm/code/__torch__.py', data: 'class N(Module):\n  torch.save(x, "a")\n' },
        { name: 'm/constants.pkl', data: bytes('\x80\x02).') },
        { name: 'm/version', data: '3\n' },
      ]),
      'm.pt',
    ),
  'config/unreadable': 'damage',
  'config/weights-file': folder({
    'model.safetensors': vectorsFile({ a: 1 }),
    'config.json': jsonBytes({ transformers_weights: 'other.safetensors' }),
  }),
  'evidence/contradiction': inspected(
    { 'm.a': ['F32', [3]], 'm.b': ['F32', [3]] },
    {
      facts: {
        totalParameters: 6,
        declarations: new Map([['m.b', { kind: 'buffer', by: 'the manifest' }]]),
      },
    },
  ),
  'evidence/manifest-differs': async () =>
    reportOf(
      { w: ['F32', [4]], v: ['F32', [4]] },
      { manifest: { by: 'live.json', entries: new Map([['w', { shape: [4], kind: 'buffer' }]]) } },
    ).findings,
  'evidence/said-against': async () =>
    reportOf({ 'fc.weight': ['F32', [4, 3]], 'fc.bias': ['F32', [4]] }, { buffer: ['**.bias'] }).findings,
  'evidence/said-fits-nothing': inspected({ w: ['F32', [4]] }, {}, ['encoder.**']),
  'evidence/order': inspected(
    { 'z.ids': ['I64', [4]], 'z.weight': ['F32', [4, 4]] },
    {
      order: 'registration',
      facts: { declarations: new Map([['z.weight', { kind: 'parameter', by: 'the manifest' }]]) },
    },
  ),
  'lora/rank': 'damage',
  'policy/expired-suppression': suppression(', expires: 2027-06-30'),
  'policy/unused-suppression': suppression(''),
}

describe('every entry of the catalogue', () => {
  const damaged = new Set(damages.map(({ rule }) => rule))
  for (const [id, proof] of Object.entries(proofs))
    test(`is produced: ${id}`, async () => {
      if (typeof proof === 'function') {
        const found: readonly Pick<Finding, 'rule'>[] = await proof()
        expect(found.map(({ rule }) => rule)).toContain(id)
      } else if (proof === 'damage') expect(damaged).toContain(id)
      else expect(catalogue[id as RuleId].needs).toBe('values')
    })
})
