import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A terminal of tmux, with a shell in it, that is gone when the test ends. */
export class Terminal {
  readonly #socket: string

  /** @param env of the shell, besides PATH and HOME */
  constructor(columns: number, rows: number, env: Readonly<Record<string, string>> = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'sdinspect-tmux-'))
    this.#socket = join(folder, 'socket')
    const { PATH = '', HOME = '' } = process.env
    // `window-size manual`: nobody is attached whose size it could take.
    execFileSync(
      'tmux',
      [
        '-S',
        this.#socket,
        '-f',
        '/dev/null',
        'new-session',
        '-d',
        '-x',
        String(columns),
        '-y',
        String(rows),
        'sh',
      ],
      { env: { PATH, HOME, LANG: 'C.UTF-8', TERM: 'xterm-256color', PS1: '$ ', ...env } },
    )
    onTestFinished(() => {
      // It is gone where its only terminal is.
      spawnSync('tmux', ['-S', this.#socket, 'kill-server'])
      rmSync(folder, { recursive: true, force: true })
    })
  }

  /** Presses keys by their names in tmux: `Up`, `Enter`, `q`, `C-c`. */
  press(...keys: readonly string[]): void {
    this.#tmux('send-keys', ...keys)
  }

  type(text: string): void {
    this.#tmux('send-keys', '-l', text)
  }

  run(line: string): void {
    this.type(line)
    this.press('Enter')
  }

  /** Pastes, in brackets where the program has asked for them. */
  paste(text: string): void {
    this.#tmux('set-buffer', '-b', 'pasted', text)
    this.#tmux('paste-buffer', '-p', '-b', 'pasted')
  }

  /** The terminal goes away, with what runs in it. */
  close(): void {
    this.#tmux('kill-pane')
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows))
  }

  /** The lines on the screen, without spaces at their ends. */
  screen(): string {
    return this.#tmux('capture-pane', '-p')
  }

  /** The same with its colours. */
  painted(): string {
    return this.#tmux('capture-pane', '-p', '-e')
  }

  /** Waits until the screen holds what is wanted. */
  async see(wanted: string | RegExp): Promise<string> {
    const holds = (screen: string) =>
      typeof wanted === 'string' ? screen.includes(wanted) : wanted.test(screen)
    for (let tries = 0; tries < 400; tries++) {
      const screen = this.screen()
      if (holds(screen)) return screen
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error(`${wanted} never came; the screen is\n${this.screen()}`)
  }

  /** Whether the program in front has the other screen, and whether the cursor is seen. */
  state(): string {
    return this.#tmux('display-message', '-p', '#{alternate_on} #{cursor_flag} #{pane_dead}').trim()
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-S', this.#socket, ...args], { encoding: 'utf8' })
  }
}
