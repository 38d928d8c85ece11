// Runs a command, and the first time that it works on the second part kills it half-way, with the worker that started it.
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

const [mark, after, ...command] = process.argv.slice(2)
const child = spawn(command[0], command.slice(1), { stdio: 'inherit' })
child.on('exit', (code) => process.exit(code ?? 1))
if (command.some((word) => /^2\/\d+$/.test(word)) && isFirst())
  setTimeout(() => {
    child.kill('SIGKILL')
    process.kill(process.ppid, 'SIGKILL')
  }, Number(after))

/** Whoever makes the file is first. */
function isFirst() {
  try {
    closeSync(openSync(mark, 'wx'))
    return true
  } catch {
    return false
  }
}
