import type { Damage } from './damage.ts'
import { changed, lose, model, renamed, withFloats } from './edit.ts'
import { blank } from './weights.ts'

const cnn = 'cnn.safetensors'
const added: Damage['apply'] = (files) =>
  files.weights('', ({ tensors }) => tensors.set('fc.weight_orig', blank('F32', [64, 64], 4)))

/** What a team agreed on, and what was saved. */
export const policyDamages: readonly Damage[] = [
  {
    what: 'more parameters than agreed',
    from: cnn,
    policy: 'counts: { parameters: 469k ± 1 % }',
    rule: 'counts/parameters',
    names: 'parameters',
    apply: added,
  },
  {
    what: 'more tensors than agreed',
    from: cnn,
    policy: 'counts: { tensors: 92 }',
    rule: 'counts/tensors',
    names: '93',
    apply: added,
  },
  {
    what: 'more weights than agreed, counted as what packed ones stand for',
    from: cnn,
    policy: 'counts: { logical: ≤ 470k }',
    rule: 'counts/logical',
    names: 'logical parameters',
    apply: added,
  },
  {
    what: 'file larger than agreed',
    from: cnn,
    policy: 'sizes: { file: ≤ 1.9 MB }',
    rule: 'size/file',
    names: 'cnn.safetensors',
    apply: added,
  },
  {
    what: 'tensor that is forbidden',
    from: cnn,
    policy: 'forbidden: ["**.weight_orig"]',
    rule: 'tensors/forbidden',
    names: 'fc.weight_orig',
    apply: added,
  },
  {
    what: 'buffers saved under the name of a parameter',
    from: cnn,
    policy: 'tensors: [{ match: "bn1.running_*", kind: buffer }]',
    rule: 'tensors/required',
    names: 'bn1.running_*',
    apply: (files) =>
      files.weights('', (weights) => {
        weights.tensors = renamed(weights.tensors, (name) => name.replace('bn1.running_', 'bn1.moving_'))
      }),
  },
  {
    what: 'statistics of one norm alone: no batch norm any more',
    from: cnn,
    policy: 'evidence: { kind: recognised }',
    rule: 'evidence/level',
    names: 'scale',
    apply: (files) =>
      files.weights('', ({ tensors }) => tensors.set('temperature.scale', blank('F32', [1], 4))),
  },
  {
    what: 'pickle in place of safetensors',
    from: cnn,
    policy: 'rules: { security/no-pickle: error, format/wrong-name: off }',
    rule: 'security/no-pickle',
    names: 'pickle',
    apply: (files) => files.write('', files.fixture('torch/state_dict.pt')),
  },
  {
    what: 'one byte of a pinned file changed',
    from: cnn,
    policy:
      'hashes: { cnn.safetensors: "sha256:d67706be82595c7ccf3ed3070be969de71b33a4c8f94af3f80918230f2d9b76d" }',
    rule: 'hash/pinned',
    names: 'SHA-256',
    apply: (files) =>
      files.weights('', ({ tensors }) =>
        withFloats(tensors, 'bn1.weight', (i, old) => (i === 0 ? old + 1 : old)),
      ),
  },
  {
    what: 'element type other than in the lock',
    from: cnn,
    locked: true,
    rule: 'lock/drift',
    names: 'bn1.running_mean',
    apply: (files) =>
      files.weights('', ({ tensors }) => tensors.set('bn1.running_mean', blank('F16', [32], 2))),
  },
  {
    what: 'shape other than in the lock',
    from: 'bert',
    locked: true,
    rule: 'lock/drift',
    names: 'bert.encoder.layer.0.intermediate.dense.weight',
    apply: (files) =>
      files.weights(model, ({ tensors }) =>
        changed(tensors, 'bert.encoder.layer.0.intermediate.dense.weight', (weight) => ({
          ...weight,
          shape: [...weight.shape].reverse(),
        })),
      ),
  },
  {
    what: 'metadata of another framework',
    from: cnn,
    policy: 'metadata: { format: pt }',
    rule: 'metadata/required',
    names: 'format',
    apply: (files) =>
      files.weights('', (weights) => {
        weights.metadata = { format: 'jax' }
      }),
  },
  {
    what: 'weights larger than half precision holds',
    from: cnn,
    values: true,
    policy: 'rules: { values/range: error }',
    rule: 'values/range',
    names: 'conv1.3.weight',
    apply: (files) =>
      files.weights('', ({ tensors }) =>
        withFloats(tensors, 'conv1.3.weight', (i, old) => (i === 0 ? 100_000 : old)),
      ),
  },
  {
    what: 'weights in twice the bits',
    from: 'vit-bf16.safetensors',
    policy: 'sizes: { total: { min: 680 kB, max: 820 kB } }',
    rule: 'size/total',
    names: 'bytes',
    apply: (files) =>
      files.weights('', ({ tensors }) => {
        for (const [name, { shape }] of tensors) tensors.set(name, blank('F32', shape, 4))
      }),
  },
  {
    what: 'statistics of batch norms dropped',
    from: cnn,
    policy: 'counts: { buffers: ≥ 1000 }',
    rule: 'counts/buffers',
    names: '0 elements of buffers',
    apply: (files) => lose(files, '', (name) => /running_|num_batches/.test(name)),
  },
]
