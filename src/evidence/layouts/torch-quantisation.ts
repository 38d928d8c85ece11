import type { Layout } from './layout.ts'

const observer = {
  eps: 'buffer',
  min_val: 'buffer',
  max_val: 'buffer',
  histogram: 'buffer',
  scale: 'buffer',
  zero_point: 'buffer',
  fake_quant_enabled: 'buffer',
  observer_enabled: 'buffer',
  static_enabled: 'buffer',
  learning_enabled: 'buffer',
} as const

/**
 * Observers and FakeQuantize of torch.ao.quantization (observer.py, fake_quantize.py): all buffers, except
 * the learnable fake quantiser's `scale` and `zero_point` (_learnable_fake_quantize.py), told by its
 * `learning_enabled`.
 */
export const torchQuantisation: Layout = {
  id: 'torch-quantisation',
  recognise(view) {
    if (view.has('fake_quant_enabled', 'scale', 'zero_point')) {
      const learnable = view.has('learning_enabled')
      return {
        classes: [learnable ? '_LearnableFakeQuantize' : 'FakeQuantize'],
        detail: '',
        kinds: learnable ? { ...observer, scale: 'parameter', zero_point: 'parameter' } : observer,
        reason: learnable
          ? 'a learnable fake quantiser: scale and zero point are parameters'
          : 'a fake quantiser of torch.ao: buffers',
      }
    }
    if (view.has('min_val', 'max_val') && view.rank('eps') >= 0) {
      return {
        classes: ['Observer'],
        detail: '',
        kinds: observer,
        reason: 'an observer of torch.ao: buffers',
      }
    }
    return null
  },
}
