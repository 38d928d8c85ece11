import { describe, expect, it } from 'vitest'
import { readOptions } from '../../src/cli/arguments/options.ts'
import { operandsAlone } from '../../src/cli/arguments/parse.ts'
import { parsed } from '../../src/cli/arguments/parser.ts'
import { commands } from '../../src/cli/commands/index.ts'

const lines = [[], ['a'], ['-'], ['a', 'b'], ['', 'b'], ['a', 'b', 'c'], ['a', 'b', 'c', 'd']]

describe('a command line without flags', () => {
  for (const command of commands)
    it(`is read as by the parser, or left to it: ${command.name}`, () => {
      for (const argv of lines) {
        const alone = operandsAlone(command, argv)
        if (alone === null) continue
        const { operands, raw } = parsed(command, argv)
        expect(alone.operands).toEqual(operands)
        expect(readOptions(alone.raw)).toEqual(readOptions(raw))
      }
    })

  it('is left to the parser where operands are missing or too many, and where there is a flag', () => {
    const diff = commands.find(({ name }) => name === 'diff') ?? commands[0]
    if (diff === undefined) throw new Error('there are commands')
    expect(operandsAlone(diff, ['a', 'b'])).not.toBeNull()
    for (const argv of [[], ['a'], ['a', 'b', 'c'], ['a', '-q'], ['a', '--', 'b'], ['a', 'b', '--json']])
      expect(operandsAlone(diff, argv)).toBeNull()
    // It has choices.
    const completion = commands.find(({ name }) => name === 'completion') ?? diff
    expect(operandsAlone(completion, ['bash'])).toBeNull()
  })
})
