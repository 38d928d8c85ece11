import type { Damage } from './damage.ts'
import { appended, changed, cut, index, model, setIn, shard, withEditedHeader } from './edit.ts'
import { readWeights, withHeader, writeWeights } from './weights.ts'

const zeros = (length: number) => new Uint8Array(length)
const cnn = { from: 'cnn.safetensors', rule: 'format/valid' } as const

/** A tensor gets another name in the header, as a text of JSON. */
const named =
  (from: string, to: string): Damage['apply'] =>
  (files) =>
    withEditedHeader(files, (header) => header.replace(JSON.stringify(from), `"${to}"`))

const headers: readonly Damage[] = [
  {
    ...cnn,
    what: 'element type that there is not',
    names: 'Q99',
    apply: (files) => withEditedHeader(files, (header) => header.replace('"F32"', '"Q99"')),
  },
  {
    ...cnn,
    what: 'negative length of a dimension',
    names: 'bn1.bias',
    apply: (files) => withEditedHeader(files, (header) => header.replace('"shape":[32]', '"shape":[-32]')),
  },
  {
    ...cnn,
    what: 'header of another form: a list',
    names: 'object',
    apply: (files) => withEditedHeader(files, (header) => `[${header}]`),
  },
  {
    ...cnn,
    what: 'offsets behind the end of the file',
    names: 'past the end',
    apply(files) {
      const weights = readWeights(files.bytes(''))
      const last = [...weights.tensors.keys()].at(-1) as string
      changed(weights.tensors, last, (weight) => ({
        ...weight,
        shape: [...weight.shape, 2],
        data: new Uint8Array([...weight.data, ...weight.data]),
      }))
      const bytes = writeWeights(weights)
      files.write('', bytes.subarray(0, bytes.length - 8))
    },
  },
  {
    ...cnn,
    what: 'hole between two tensors',
    names: 'a gap of 8 bytes',
    apply(files) {
      const weights = readWeights(files.bytes(''))
      const bytes = writeWeights(weights)
      const length = Number(new DataView(bytes.buffer).getBigUint64(0, true))
      const header = new TextDecoder().decode(bytes.subarray(8, 8 + length))
      const [first] = [...weights.tensors.keys()]
      const entries = JSON.parse(header) as Record<string, unknown>
      delete entries[first as string]
      files.write('', withHeader(JSON.stringify(entries), [bytes.slice(8 + length)]))
    },
  },
  {
    ...cnn,
    what: 'name that is no UTF-8',
    names: 'UTF-8',
    apply(files) {
      const bytes = files.bytes('')
      bytes[bytes.indexOf(0x62, 60)] = 0xff
      files.write('', bytes)
    },
  },
  {
    ...cnn,
    what: 'metadata with null in it',
    rule: 'format/null-metadata',
    names: 'null',
    apply: (files) => withEditedHeader(files, (header) => header.replace('{"format":"pt"}', 'null')),
  },
  {
    ...cnn,
    what: 'field that the format does not have',
    rule: 'format/unknown-field',
    names: 'strides',
    apply: (files) =>
      withEditedHeader(files, (header) => header.replace('"shape":[32]', '"strides":[1],"shape":[32]')),
  },
  {
    ...cnn,
    what: 'name with a control character',
    rule: 'format/control-in-name',
    names: 'bn1',
    apply: named('bn1.bias', 'bn1\\u001b[2Jbias'),
  },
  { ...cnn, what: 'name lost', rule: 'format/empty-name', names: 'empty', apply: named('bn1.bias', '') },
  {
    ...cnn,
    what: 'space before the header',
    rule: 'format/leading-whitespace',
    names: 'white space',
    apply: (files) => withEditedHeader(files, (header) => ` ${header}`),
  },
  {
    ...cnn,
    what: 'second tensor of a name that looks the same',
    rule: 'format/names-look-equal',
    names: 'Unicode',
    apply: (files) =>
      files.weights('', ({ tensors }) => {
        const data = zeros(8)
        tensors.set('fc.w\u00e9ight', { dtype: 'F32', shape: [2], data })
        tensors.set('fc.we\u0301ight', { dtype: 'F32', shape: [2], data })
      }),
  },
  {
    ...cnn,
    what: 'bytes in 512 places turned over, in the header',
    names: 'header',
    apply(files) {
      const bytes = files.bytes('')
      for (let at = 0; at < 512; at++) bytes[200 + at] = (bytes[200 + at] as number) ^ 0xff
      files.write('', bytes)
    },
  },
]

const others: readonly Damage[] = [
  {
    what: 'torch file called .safetensors',
    from: 'torch/state_dict.pt',
    as: 'model.safetensors',
    rule: 'format/wrong-name',
    names: '.safetensors',
    apply() {},
  },
  {
    what: 'Git LFS pointer in place of a torch file',
    from: 'torch/state_dict.pt',
    rule: 'file/not-a-pointer',
    names: 'Git LFS',
    apply: (files) =>
      files.write('', `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 9\n`),
  },
  {
    what: 'answer of a server in JSON in place of the file',
    from: 'bert',
    rule: 'format/valid',
    names: 'Invalid credentials',
    apply: (files) => files.write(model, '{"error":"Invalid credentials in Authorization header"}'),
  },
  {
    what: 'text of a server in place of the file',
    from: 'bert',
    rule: 'format/valid',
    names: 'is a line of text: "Entry not found"',
    apply: (files) => files.write(model, 'Entry not found'),
  },
  {
    what: 'torch file cut off',
    from: 'torch/state_dict.pt',
    rule: 'format/valid',
    names: 'end record',
    apply: (files) => cut(files, '', 0.7),
  },
  {
    what: 'torch file of before 1.6 cut off in its tensors',
    from: 'torch/torch-1.13/dtypes-legacy.pt',
    rule: 'format/valid',
    names: 'storage',
    apply: (files) => cut(files, '', 0.995),
  },
  {
    what: 'bytes behind the last tensor of a torch file of before 1.6',
    from: 'torch/torch-1.13/dtypes-legacy.pt',
    rule: 'torch/trailing-bytes',
    names: '40 bytes',
    apply: (files) => appended(files, '', zeros(40)),
  },
  {
    what: 'byte of a storage turned over, which torch does not notice',
    from: 'torch/state_dict.pt',
    values: true,
    rule: 'zip/checksum',
    names: 'data/',
    apply(files) {
      const bytes = files.bytes('')
      const at = Buffer.from(bytes).indexOf('/data/0', 0, 'latin1')
      // Behind the name and its padding to a multiple of 64.
      const begin = Math.ceil((at + 8) / 64) * 64
      bytes[begin + 1] = (bytes[begin + 1] as number) ^ 1
      files.write('', bytes)
    },
  },
  {
    what: 'pickle that runs a command in place of the file',
    from: 'torch/state_dict.pt',
    rule: 'security/pickle-globals',
    names: 'posix.system',
    apply: (files) => files.write('', Buffer.from('\x80\x02cposix\nsystem\nX\x04\0\0\0true\x85R.', 'latin1')),
  },
  {
    what: 'pickle of a class of somebody, which nobody can load',
    from: 'torch/state_dict.pt',
    rule: 'security/pickle-globals',
    names: 'my_project.config.Config',
    apply: (files) => files.write('', Buffer.from('\x80\x02cmy_project.config\nConfig\n)\x81.', 'latin1')),
  },
  {
    what: 'TorchScript archive cut off',
    from: 'torch/scripted.ts.pt',
    rule: 'format/valid',
    names: 'end record',
    apply: (files) => cut(files, '', 0.9),
  },
  {
    what: 'exported program cut off',
    from: 'torch/exported.pt2',
    rule: 'format/valid',
    names: 'end record',
    apply: (files) => cut(files, '', 0.5),
  },
  {
    what: 'file of a distributed checkpoint missing',
    from: 'torch/dcp',
    rule: 'torch-distributed/missing-file',
    names: '__0_0.distcp',
    apply: (files) => files.remove('__0_0.distcp'),
  },
  {
    what: 'file of a distributed checkpoint cut off',
    from: 'torch/dcp',
    rule: 'torch-distributed/short-file',
    names: '__0_0.distcp',
    apply: (files) => cut(files, '__0_0.distcp', 0.5),
  },
  {
    what: 'GGUF file cut off',
    from: 'gguf/tied.gguf',
    rule: 'format/valid',
    names: 'end',
    apply: (files) => cut(files, '', 0.8),
  },
  {
    what: 'bytes behind the last tensor of a GGUF file',
    from: 'gguf/tied.gguf',
    rule: 'gguf/trailing-bytes',
    names: 'bytes',
    apply: (files) => appended(files, '', zeros(4_096)),
  },
  {
    what: 'array of NumPy cut off',
    from: 'numpy/one.npy',
    rule: 'format/valid',
    names: 'bytes',
    apply: (files) => cut(files, '', 0.9),
  },
  {
    what: 'bytes behind an array of NumPy',
    from: 'numpy/one.npy',
    rule: 'numpy/trailing-bytes',
    names: '16 bytes',
    apply: (files) => appended(files, '', zeros(16)),
  },
  {
    what: 'archive of NumPy cut off',
    from: 'hostile/npz/N01_ok.npz',
    rule: 'format/valid',
    names: 'end record',
    apply: (files) => cut(files, '', 0.9),
  },
  {
    what: 'Flax file cut off',
    from: 'flax/variables.msgpack',
    rule: 'format/valid',
    names: 'end',
    apply: (files) => cut(files, '', 0.6),
  },
  {
    what: 'bytes behind a Flax file',
    from: 'flax/variables.msgpack',
    rule: 'flax/trailing-bytes',
    names: '3 bytes',
    apply: (files) => appended(files, '', zeros(3)),
  },
  {
    what: 'data of an ONNX model missing',
    from: 'onnx/external.onnx',
    beside: ['onnx/external.onnx.data'],
    rule: 'onnx/missing-data',
    names: 'external.onnx.data',
    apply: (files) => files.removeBeside('external.onnx.data'),
  },
]

const torchShard = 'pytorch_model-00002-of-00002.bin'

const folders: readonly Damage[] = [
  {
    what: 'shards of two saves mixed up',
    from: 'bart-sharded',
    rule: 'shards/disagreeing-totals',
    names: 'model-00004-of-00009.safetensors',
    apply(files) {
      const other = 'model-00004-of-00009.safetensors'
      files.write(other, files.bytes(shard(4)))
      files.remove(shard(4))
      files.json(index, ({ weight_map: map }) => {
        for (const [name, file] of Object.entries(map as Record<string, string>))
          if (file === shard(4)) setIn(map, name, other)
      })
    },
  },
  {
    what: 'second download of a shard beside the first',
    from: 'bart-sharded',
    rule: 'shards/copy',
    names: shard(1),
    apply: (files) =>
      files.write(`${shard(1).replace('.safetensors', ' (1).safetensors')}`, files.bytes(shard(1))),
  },
  {
    what: 'disk full at a shard: no bytes',
    from: 'gpt2-sharded',
    rule: 'shards/broken',
    names: shard(7, 7),
    apply: (files) => files.write(shard(7, 7), ''),
  },
  {
    what: 'error page of a server in place of a shard',
    from: 'gpt2-sharded',
    rule: 'shards/broken',
    names: shard(5, 7),
    apply: (files) =>
      files.write(shard(5, 7), '<!DOCTYPE html><html><title>504 Gateway Timeout</title></html>'),
  },
  {
    what: 'last shard missing',
    from: 'gpt2-sharded',
    rule: 'index/missing-shard',
    names: shard(7, 7),
    apply: (files) => files.remove(shard(7, 7)),
  },
  {
    what: 'shard of torch missing',
    from: 'torch-sharded',
    rule: 'index/missing-shard',
    names: torchShard,
    apply: (files) => files.remove(torchShard),
  },
  {
    what: 'shard of torch cut off',
    from: 'torch-sharded',
    rule: 'shards/broken',
    names: torchShard,
    apply: (files) => cut(files, torchShard, 0.5),
  },
  {
    what: 'index cut off',
    from: 'bart-sharded',
    rule: 'format/valid',
    names: 'index',
    apply: (files) => cut(files, index, 0.5),
  },
  {
    what: 'index whose shards lie in another folder',
    from: 'bart-sharded',
    rule: 'format/valid',
    names: '..',
    apply: (files) =>
      files.json(index, ({ weight_map: map }) => {
        for (const [name, file] of Object.entries(map as Record<string, string>))
          setIn(map, name, `../${file}`)
      }),
  },
  {
    what: 'index of a larger model: total_parameters',
    from: 'gpt2-sharded',
    rule: 'index/parameters',
    names: 'total_parameters',
    apply: (files) => files.json(index, ({ metadata }) => setIn(metadata, 'total_parameters', 1_000)),
  },
  {
    what: 'total_parameters of the index as a text',
    from: 'gpt2-sharded',
    rule: 'index/total-parameters',
    names: 'total_parameters',
    apply: (files) => files.json(index, ({ metadata }) => setIn(metadata, 'total_parameters', 'many')),
  },
  {
    what: 'model.safetensors of an earlier save beside the shards',
    from: 'bart-sharded',
    rule: 'index/shadowed',
    names: model,
    apply(files) {
      const all = [1, 2, 3, 4].flatMap((number) => [...readWeights(files.bytes(shard(number))).tensors])
      const tensors = new Map(all.filter(([name]) => name !== 'final_logits_bias'))
      files.write(model, writeWeights({ metadata: { format: 'pt' }, tensors }))
    },
  },
  {
    what: 'pytorch_model.bin of an earlier save beside model.safetensors',
    from: 'bert',
    rule: 'folder/stale-save',
    names: 'pytorch_model.bin',
    apply: (files) => files.write('pytorch_model.bin', files.fixture('torch/state_dict.pt')),
  },
  {
    what: 'consolidated.safetensors of another model beside the shards',
    from: 'gpt2-sharded',
    rule: 'folder/stale-save',
    names: 'consolidated.safetensors',
    apply: (files) => files.write('consolidated.safetensors', files.fixture('cnn.safetensors')),
  },
]

/** What happens to files, whatever is in them. */
export const fileDamages: readonly Damage[] = [...headers, ...others, ...folders]
