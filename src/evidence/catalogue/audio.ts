import { type CatalogueEntry, rank } from './entry.ts'

/** Fixed front ends of audio models (torchaudio transforms/_transforms.py; vocoders; STFT modules). */
export const audio: readonly CatalogueEntry[] = [
  {
    tensors: ['window', '_window', 'hann_window', 'window_fn', 'stft_window', 'fft_window'],
    kind: 'buffer',
    what: 'window of a spectrogram',
    fits: (own, view) => own.tensor.shape.length === 1 && own.tensor.elements > 1 && !view.has('weight'),
  },
  {
    tensors: [
      'fb',
      'mel_basis',
      'mel_fb',
      'melW',
      'filter_bank',
      'mel_filters',
      'mel_scale',
      'fbank',
      'filterbank',
    ],
    kind: 'buffer',
    what: 'mel filter bank [frequencies, mels]',
    fits: rank(2),
  },
  {
    tensors: ['dct_mat', 'filter_mat'],
    kind: 'buffer',
    what: 'fixed transform of a cepstrum',
    fits: rank(2),
  },
  {
    tensors: ['forward_basis', 'inverse_basis', 'window_sum'],
    kind: 'buffer',
    what: 'fixed basis of a short-time Fourier transform',
    fits: (_own, view) => view.has('forward_basis') || view.has('inverse_basis'),
  },
  {
    tensors: ['low_hz_grid', 'window_', 'n_'],
    kind: 'buffer',
    what: 'fixed grid of a SincNet filter',
    fits: (_own, view) => view.has('low_hz_', 'band_hz_'),
  },
]
