import { listCommand } from '../list-command.ts'

export const params = listCommand(
  {
    name: 'params',
    summary: 'ls of the parameters only',
    examples: [['model.safetensors --sort params', 'the parameters, largest first']],
  },
  'parameter',
)
