import { listCommand } from '../list-command.ts'

export const buffers = listCommand(
  {
    name: 'buffers',
    summary: 'ls of the buffers only',
    examples: [['model.safetensors --json', 'the buffers, with how each is known to be one']],
  },
  'buffer',
)
