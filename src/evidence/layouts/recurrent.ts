import type { Kind } from '../../model/verdict.ts'
import type { Layout } from './layout.ts'

const gates: Readonly<Record<number, string>> = { 1: 'RNN', 3: 'GRU', 4: 'LSTM' }

/**
 * RNN, GRU, LSTM: `weight_ih_l0` [gates·hidden, in], `weight_hh_l0` [gates·hidden, hidden], biases, per layer
 * and direction (torch/nn/modules/rnn.py); the Cells have the names without the layer. All parameters.
 */
export const recurrent: Layout = {
  id: 'recurrent',
  recognise(view) {
    // Nearly every module goes by here.
    if (!view.own.has('weight_ih') && !view.own.has('weight_ih_l0')) return null
    const isCell = view.has('weight_ih', 'weight_hh')
    const input = view.shape(isCell ? 'weight_ih' : 'weight_ih_l0')
    const hidden = view.shape(isCell ? 'weight_hh' : 'weight_hh_l0')
    if (input?.length !== 2 || hidden?.length !== 2) return null
    const [rows = 0, width = 0] = hidden
    if (input[0] !== rows || width === 0) return null
    const kinds: Record<string, Kind> = {}
    let layers = 0
    let isBidirectional = false
    for (const leaf of view.own.keys()) {
      if (!/^(weight|bias)_(ih|hh|hr)(_l\d{1,4}(_reverse)?)?$/.test(leaf)) continue
      kinds[leaf] = 'parameter'
      if (/^weight_ih(_l\d+)?$/.test(leaf)) layers++
      if (leaf.endsWith('_reverse')) isBidirectional = true
    }
    // With `proj_size`, of LSTM alone, what is fed back is `weight_hr` [projected, hidden] of what is hidden.
    const projected = isCell ? undefined : view.shape('weight_hr_l0')
    const size = projected === undefined ? width : (projected[1] ?? 0)
    const gateCount = rows / size
    const known = projected === undefined || gateCount === 4 ? gates[gateCount] : undefined
    const detail = [
      `${input[1]}→${size}`,
      ...(projected === undefined ? [] : [`→${width}`]),
      ...(layers > 1 ? [` ×${layers}`] : []),
      ...(isBidirectional ? [' bidirectional'] : []),
    ].join('')
    // Cells of other libraries have these and more: norms, peepholes, a bias of their own.
    const isWhole = view.isLeaf && view.own.size === Object.keys(kinds).length
    if (known === undefined || !isWhole)
      return { classes: [], detail: '', kinds, reason: 'input and hidden weights of a recurrent layer' }
    const name = `${known}${isCell ? 'Cell' : ''}`
    return {
      classes: [name],
      detail,
      kinds,
      reason: `input and hidden weights with ${gateCount} gates: ${name}`,
    }
  },
}
