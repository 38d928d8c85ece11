import { reportCommand } from '../pages/report-command.ts'

export const tree = reportCommand({
  name: 'tree',
  summary: 'the module tree alone, to any depth',
  result: 'tree',
  flags: ['depth', 'sort', 'fold'],
  ofOneStateDict: true,
  examples: [
    ['model.safetensors --depth 2', 'two levels of modules'],
    ["model.safetensors --no-fold --keep 'encoder.layers.0.**'", 'one block, tensor by tensor'],
    ['model.safetensors --sort bytes', 'the largest modules first'],
  ],
})
