import { command } from '../command.ts'

/**
 * What a completion script asks: `__complete tensors layers.0. -- ls model.pt -k`, names in the checkpoint of a command line
 * that go on as what is typed does, one a line. It says nothing where there is nothing to offer, whatever the reason.
 */
export const complete = command({
  name: '__complete',
  summary: 'what completion scripts ask: names in a checkpoint',
  operands: [
    { name: '<what>', help: 'tensors or state-dicts' },
    { name: '<typed>', help: 'what is typed of the name' },
    { name: '[word...]', help: 'the words before it, without the program' },
  ],
  flags: [],
  views: {},
  examples: [],
  async run({ operands, output, library, io, commands }) {
    const [what = '', typed = '', ...words] = operands
    const { namesToComplete } = await import('../arguments/complete-names.ts')
    const names = await namesToComplete({ what, typed, words, home: io.env.HOME }, commands, library)
    await output.write(names.map((name) => `${name}\n`))
    return 0
  },
})
