import { SdinspectError } from '../../errors.ts'
import { version } from '../../version.ts'
import { caching, looking, reading } from '../arguments/flags.ts'
import { command } from '../command.ts'
import { exitCodeOf } from '../output/exit-code.ts'
import { filesOf } from '../output/show.ts'

export const code = command({
  name: 'code',
  summary: 'a Python module that takes the file by load_state_dict',
  operands: [{ name: '<path>', help: 'a file, a folder, an index, or - for standard input' }],
  flags: ['output', 'at', ...reading, ...caching, ...looking],
  views: {},
  examples: [
    ['model.safetensors -o model.py', 'then: python model.py model.safetensors'],
    ['checkpoint.ckpt --at ema -o ema.py', 'of another state dict of the file'],
    ['hf://org/model -o model.py', 'of a model on the Hub, from its headers'],
  ],
  async run(call) {
    const { options, operands, output } = call
    const [{ oneReport }, { chosenStateDict }, { programOf }, { pythonFile }] = await Promise.all([
      import('../pages/one-report.ts'),
      import('../../model/select.ts'),
      import('../../code/plan.ts'),
      import('../../code/python-file.ts'),
    ])
    const report = await oneReport(operands[0] as string, '', call)
    await output.madeFrom?.(filesOf(report))
    const stateDict = chosenStateDict(report.stateDicts, options.at)
    if (stateDict === null)
      throw new SdinspectError('usage/state-dict', 'there is no state dict in the checkpoint')
    const origin = { file: baseName(report.path), at: stateDict.path, version }
    await output.write(pythonFile(programOf(stateDict, report.findings), origin))
    return exitCodeOf(report.findings)
  },
})

/** The last part of a path, of whatever system. */
function baseName(path: string): string {
  return /[^/\\]*$/.exec(path.replace(/[/\\]+$/, ''))?.[0] || path
}
