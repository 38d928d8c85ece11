import type { Shell } from '../arguments/completion.ts'
import { command } from '../command.ts'

export const completion = command({
  name: 'completion',
  summary: 'a script that completes commands and flags in a shell',
  operands: [{ name: '<shell>', help: 'which shell', choices: ['bash', 'zsh', 'fish', 'pwsh'] }],
  flags: ['output'],
  views: {},
  examples: [
    ['bash >> ~/.bashrc', 'in bash'],
    ['zsh > "$fpath[1]/_sdinspect"', 'in zsh'],
    ['fish > ~/.config/fish/completions/sdinspect.fish', 'in fish'],
    ['pwsh >> $PROFILE', 'in PowerShell'],
  ],
  async run({ operands, output, commands }) {
    const [{ completionScript }, { rules }] = await Promise.all([
      import('../arguments/completion.ts'),
      import('../../check/all-rules.ts'),
    ])
    const ids = rules.map(({ id }) => id)
    await output.write([completionScript(operands[0] as Shell, commands, ids)])
    return 0
  },
})
