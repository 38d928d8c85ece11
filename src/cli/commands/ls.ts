import type { StateDictReport } from '../../model/report.ts'
import type { Kind } from '../../model/verdict.ts'
import type { Command } from '../command.ts'
import { reportCommand } from '../pages/report-command.ts'

export const ls = listOf(null, {
  name: 'ls',
  summary: 'one tensor a line: name, kind, dtype, shape, elements, bytes',
  examples: [
    ['model.safetensors', 'a table; tab separated when piped'],
    ["model.safetensors --keep '**.bias' --sort bytes", 'the biases, largest first'],
    ['-f ndjson model.safetensors', 'one JSON object a tensor, with kind, trainability and reasons'],
  ],
})

export const params = listOf('parameter', {
  name: 'params',
  summary: 'ls of the parameters only',
  examples: [
    ['model.safetensors --sort params', 'the parameters, largest first'],
    ["hf://org/model --keep '**.q_proj.**'", 'of a model on the Hub, the query projections'],
    ["model.pt --trainable 'lora.**' --frozen '**' --json", 'with what you know of them'],
  ],
})

export const buffers = listOf('buffer', {
  name: 'buffers',
  summary: 'ls of the buffers only',
  examples: [
    ['model.safetensors', 'a table; tab separated when piped'],
    ['model.safetensors --json', 'with how each is known to be one'],
    ["model.pt --exclude '**.running_*'", 'but for the statistics of batch norms'],
  ],
})

/** The tensors of one state dict, those of one kind if `kind` is given. */
function listOf(kind: Kind | null, about: Pick<Command, 'name' | 'summary' | 'examples'>): Command {
  return reportCommand({
    ...about,
    result: 'ls',
    flags: ['sort'],
    ofOneStateDict: true,
    async arrange({ sort }) {
      const [{ ofKind }, { sorted }] = await Promise.all([
        import('../../model/select.ts'),
        import('../../model/modules/sorted.ts'),
      ])
      const wanted = (stateDict: StateDictReport) => (kind === null ? stateDict : ofKind(stateDict, kind))
      return (report) => ({
        ...report,
        stateDicts: report.stateDicts.map((stateDict) => sorted(wanted(stateDict), sort)),
      })
    },
  })
}
