import type { Answer, Kind } from '../model/verdict.ts'
import type { ModuleView } from './module-view.ts'
import type { OwnTensor } from './own-tensors.ts'
import type { EvidenceSource } from './source.ts'

/** Tensors of a library under names that hold numbers, or that are empty. */
interface Numbered {
  readonly what: string
  readonly level: 'recognised' | 'assumed'
  readonly fits: (own: OwnTensor, view: ModuleView) => boolean
}

const kinds: readonly Numbered[] = [
  {
    what: 'Wigner 3j symbols [2l+1, 2l+1, 2l+1] of the degrees in its name, which e3nn registers as a buffer',
    level: 'recognised',
    fits: ({ leaf, tensor: { shape } }) => {
      const degrees = /^_w3j_(\d{1,3})_(\d{1,3})_(\d{1,3})$/.exec(leaf)?.slice(1) ?? []
      return (
        degrees.length === 3 && shape.length === 3 && degrees.every((l, i) => shape[i] === 2 * Number(l) + 1)
      )
    },
  },
  {
    what: 'an empty tensor beside output_mask: e3nn registers one as a buffer where there is nothing to learn',
    level: 'recognised',
    fits: ({ leaf, tensor }, view) =>
      (leaf === 'weight' || leaf === 'bias') && tensor.elements === 0 && view.rank('output_mask') === 1,
  },
  {
    what: 'fixed noise [1, 1, height, width] for each layer of a StyleGAN2 generator',
    level: 'recognised',
    fits: ({ leaf, tensor: { shape } }, view) =>
      view.name === 'noises' &&
      /^noise_?\d{1,3}$/.test(leaf) &&
      shape.length === 4 &&
      shape[0] === 1 &&
      shape[1] === 1,
  },
  {
    what: 'anchors [number, 4] of each level of a detector (detectron2)',
    level: 'recognised',
    fits: ({ leaf, tensor: { shape } }, view) =>
      view.name === 'cell_anchors' && /^\d{1,3}$/.test(leaf) && shape.length === 2 && shape[1] === 4,
  },
  {
    what: 'channels or biases of a MiniRocket, drawn once for each dilation (tsai, models/MINIROCKETPlus_Pytorch.py)',
    level: 'recognised',
    fits: ({ leaf }, view) =>
      /^(?:biases|channel_combinations)_\d{1,3}$/.test(leaf) &&
      view.rank('kernels') === 3 &&
      view.shape('kernels')?.[1] === 1 &&
      view.has('biases_0'),
  },
  {
    what: 'one of a list of averaged copies, by its name',
    level: 'assumed',
    fits: ({ leaf }, view) => /^(?:shadow|ema|swa)(?:_?params?)?_?\d{1,6}$/.test(leaf) && view.own.size > 1,
  },
  {
    what: 'kernel or basis of a fixed transform, by its name',
    level: 'assumed',
    fits: ({ leaf }) =>
      /^(?:i?stft|i?fft|dft|cqt|dct|dwt|mel)_(?:kernels?|basis|filters?|matrix|mat)(?:_(?:real|imag|cos|sin))?$/.test(
        leaf,
      ),
  },
]

const source = 'numbered-tensors'
const known = kinds.map(({ what, level, fits }) => ({
  fits,
  answer: { answer: 'buffer', level, reason: what, source } satisfies Answer<Kind>,
}))

/** Tensors that known libraries register under a name for each of many, confirmed by their shapes. */
export const numberedTensors: EvidenceSource = {
  id: source,
  title: 'One of many tensors that a known library registers',
  collectModule(view, _around, claims) {
    for (const own of view.own.values()) {
      const found = known.find(({ fits }) => fits(own, view))
      if (found !== undefined) claims.kind(own.index, found.answer)
    }
  },
}
