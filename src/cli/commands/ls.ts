import { listCommand } from '../list-command.ts'

export const ls = listCommand(
  {
    name: 'ls',
    summary: 'one tensor a line: name, kind, dtype, shape, elements, bytes',
    examples: [
      ['model.safetensors', 'a table; tab separated when piped'],
      ["model.safetensors --keep '**.bias' --sort bytes", 'the biases, largest first'],
      ['-f ndjson model.safetensors', 'one JSON object a tensor, with kind, trainability and reasons'],
    ],
  },
  null,
)
