import { reportCommand } from '../pages/report-command.ts'

export const inspect = reportCommand({
  name: 'inspect',
  summary: 'what is in a checkpoint: totals, module tree (the default)',
  result: 'inspect',
  flags: ['depth', 'sort', 'fold', 'all', 'memory'],
  ofOneStateDict: false,
  examples: [
    ['model.safetensors', 'one file'],
    ['llama-3-8b/', 'a folder: its index, shards and config'],
    ['--json model.safetensors > report.json', 'the whole report, which can be inspected again'],
    ['model.safetensors --memory', 'and what it takes in memory, to run and to train'],
    ['model.safetensors --all', 'to the last tensor, and every value beside them'],
    ["model.pt --at ema --keep 'encoder.**'", 'a part of it'],
  ],
})
