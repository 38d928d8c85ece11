// What a terminal shows. Needs tmux.
import { execFileSync, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'

export async function screenOf(command, { columns, rows, cwd, keys = [], env = {} }) {
  const server = ['-L', `sdinspect-${randomUUID()}`, '-f', '/dev/null']
  const tmux = (...args) => execFileSync('tmux', [...server, ...args], { encoding: 'utf8' })
  const set = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`])
  // A shell stays when the command has ended, so that its screen is still there.
  const line = `${command.map((word) => `'${word}'`).join(' ')}; echo "exit code $?"; exec sleep 600`
  tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), '-c', cwd, ...set, line)
  try {
    let text = await settled(tmux)
    for (const key of keys) {
      tmux('send-keys', key)
      text = await settled(tmux)
    }
    return text
  } finally {
    spawnSync('tmux', [...server, 'kill-server'])
  }
}

/** The screen when it has not changed for a while. */
async function settled(tmux) {
  let last = ''
  for (let same = 0; same < 4; ) {
    await new Promise((resolve) => setTimeout(resolve, 150))
    const now = tmux('capture-pane', '-p', '-e', '-N')
    same = now === last && now.trim() !== '' ? same + 1 : 0
    last = now
  }
  return last
}
