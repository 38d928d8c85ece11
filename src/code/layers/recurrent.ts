import { hole, joined } from '../template.ts'
import { type LayerClass, parameter, type Registered } from './layer.ts'

/** Rows of a weight for each hidden unit. */
const gates = { RNN: 1, GRU: 3, LSTM: 4 } as const

/** torch/nn/modules/rnn.py: per layer and direction `weight_ih`, `weight_hh`, biases, and `weight_hr` of a projection. */
function recurrent(name: keyof typeof gates): LayerClass {
  return {
    name,
    untold: `batch_first, dropout${name === 'RNN' ? ', nonlinearity' : ''}`,
    call(own) {
      const input = own.get('weight_ih_l0')?.shape
      const recurrence = own.get('weight_hh_l0')?.shape
      if (input?.length !== 2 || recurrence?.length !== 2) return null
      const hidden = (recurrence[0] ?? 0) / gates[name]
      if (!Number.isInteger(hidden) || hidden === 0) return null
      const projection = own.get('weight_hr_l0')?.shape[0]
      if (projection === undefined ? recurrence[1] !== hidden : name !== 'LSTM') return null
      const output = projection ?? hidden
      const hasBias = own.has('bias_ih_l0')
      const directions = own.has('weight_ih_l0_reverse') ? ['', '_reverse'] : ['']
      let layers = 0
      while (own.has(`weight_ih_l${layers}`)) layers++
      const registers: Registered[] = []
      for (let layer = 0; layer < layers; layer++)
        for (const direction of directions) {
          const end = `_l${layer}${direction}`
          const width = layer === 0 ? (input[1] ?? 0) : output * directions.length
          const rows = gates[name] * hidden
          registers.push(
            parameter(`weight_ih${end}`, [rows, width]),
            parameter(`weight_hh${end}`, [rows, output]),
          )
          if (hasBias) registers.push(parameter(`bias_ih${end}`, [rows]), parameter(`bias_hh${end}`, [rows]))
          if (projection !== undefined) registers.push(parameter(`weight_hr${end}`, [projection, hidden]))
        }
      return {
        arguments: [
          hole(input[1] ?? 0, 'input_size'),
          hole(hidden, 'hidden_size'),
          ...(layers === 1 ? [] : [joined(['num_layers=', hole(layers, 'num_layers')])]),
          ...(hasBias ? [] : ['bias=False']),
          ...(directions.length === 1 ? [] : ['bidirectional=True']),
          ...(projection === undefined ? [] : [joined(['proj_size=', hole(projection, 'proj_size')])]),
        ],
        registers,
      }
    },
  }
}

/** torch/nn/modules/rnn.py. */
function cell(name: keyof typeof gates): LayerClass {
  return {
    name: `${name}Cell`,
    untold: name === 'RNN' ? 'nonlinearity' : '',
    call(own) {
      const input = own.get('weight_ih')?.shape
      const recurrence = own.get('weight_hh')?.shape
      if (input?.length !== 2 || recurrence?.length !== 2) return null
      const hidden = recurrence[1] ?? 0
      const rows = gates[name] * hidden
      const hasBias = own.has('bias_ih')
      return {
        arguments: [
          hole(input[1] ?? 0, 'input_size'),
          hole(hidden, 'hidden_size'),
          ...(hasBias ? [] : ['bias=False']),
        ],
        registers: [
          parameter('weight_ih', [rows, input[1] ?? 0]),
          parameter('weight_hh', [rows, hidden]),
          ...(hasBias ? [parameter('bias_ih', [rows]), parameter('bias_hh', [rows])] : []),
        ],
      }
    },
  }
}

export const recurrentLayers = (['RNN', 'GRU', 'LSTM'] as const).flatMap((name) => [
  recurrent(name),
  cell(name),
])
