// Asks bash, zsh and fish what they offer for two dozen command lines: npm run completion
// The tests do so in the shells that are there; here one that is missing is a failure. PowerShell's script is read, not run.
import { spawnSync } from 'node:child_process'
import { hasShell, testedShells } from '../../test/helpers/shell-offers.ts'

const missing = testedShells.filter((shell) => !hasShell(shell))
if (missing.length > 0) {
  process.stderr.write(`not here: ${missing.join(', ')}\n`)
  process.exitCode = 1
} else {
  const command = ['vitest', 'run', 'test/cli/completion.test.ts', '--reporter=verbose']
  const { status } = spawnSync('npx', ['--no-install', ...command], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  process.exitCode = status ?? 1
}
