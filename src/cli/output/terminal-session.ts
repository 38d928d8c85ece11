import { writeSync } from 'node:fs'
import { type Key, KeyDecoder } from '../../browse/keys.ts'
import type { Size } from '../../browse/screen.ts'
import { Interrupted } from '../io.ts'

/** Milliseconds after which ESC alone is the key and no sequence that is still coming. */
const escapeAlone = 50

/**
 * Another screen, no cursor, pasted text in brackets, and no going on in the next line where a terminal takes a character for wider
 * than we do (xterm's private modes 1049, 25, 2004, 7).
 */
const enter = '\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[?7l\x1b[2J'
const leave = '\x1b[?7h\x1b[?2004l\x1b[?25h\x1b[?1049l'

/** Milliseconds after which who was not put to sleep is awake: nobody could have woken it (an orphaned group of processes). */
const awakeAfter = 200

/** Signals that end a program at a terminal. */
const deadly = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/** What a terminal is to show, and what is to be done with what is typed. */
export interface Shown {
  lines(size: Size): readonly string[]
  /** @returns what is to be done besides drawing anew */
  press(key: Key): 'quit' | 'interrupt' | 'suspend' | 'redraw' | null
  /** Whether there is work that takes long: it is done in pieces, with keys read in between. */
  readonly isBusy: boolean
  work(): void
}

/**
 * A whole terminal for a while: keys one by one, lines anywhere. However it ends, the terminal is left as it was: by
 * `quit`, a signal, an error, or because it is gone.
 */
export class TerminalSession {
  readonly #proc: NodeJS.Process
  readonly #decoder = new KeyDecoder()
  #shown: readonly string[] = []
  #isOn = false
  #flush: NodeJS.Timeout | undefined
  #next: NodeJS.Immediate | undefined
  #asleep: NodeJS.Timeout | undefined
  #draw: () => void = () => {}

  constructor(proc: NodeJS.Process) {
    this.#proc = proc
  }

  /** Whether there is a terminal to read keys from and to draw on. */
  static canBeOn(proc: NodeJS.Process | undefined): proc is NodeJS.Process {
    return proc?.stdin.isTTY === true && proc.stdout.isTTY === true && proc.env.TERM !== 'dumb'
  }

  get size(): Size {
    const { columns, rows } = this.#proc.stdout
    // A terminal that was never told its size says 0.
    return { columns: columns || 80, rows: rows || 24 }
  }

  /** Draws what has changed since the last time. */
  draw(): void {
    if (this.#isOn) this.#draw()
  }

  /**
   * Until a key or the end of the terminal ends it.
   *
   * @throws Interrupted when Ctrl-C does
   */
  async run(shown: Shown): Promise<void> {
    const { stdin, stdout } = this.#proc
    this.#draw = () => {
      this.#write(this.#changes(shown.lines(this.size)))
      // What is drawn may be waiting for what only now is known to be wanted.
      if (shown.isBusy) this.#next ??= setImmediate(work)
    }
    const restore = () => this.#off()
    const die = (signal: NodeJS.Signals) => {
      this.#off()
      for (const one of deadly) this.#proc.off(one, die)
      // Dies of the signal, as what waits for us wants to see.
      this.#proc.kill(this.#proc.pid, signal)
    }
    const wake = () => {
      clearTimeout(this.#asleep)
      this.#isOn = false
      // Who stopped us without asking may have left the terminal in another mode than we think it is in.
      setRaw(stdin, false)
      this.#on()
      this.#draw()
      this.#proc.off('SIGTSTP', sleep)
      this.#proc.on('SIGTSTP', sleep)
    }
    /** As Ctrl-Z does where keys are not read one by one: all who were started together sleep until the shell wakes them. */
    const sleep = () => {
      if (this.#proc.platform === 'win32') return
      this.#off()
      this.#proc.off('SIGTSTP', sleep)
      this.#proc.kill(0, 'SIGTSTP')
      this.#asleep = setTimeout(wake, awakeAfter)
    }
    const work = () => {
      this.#next = undefined
      try {
        shown.work()
        this.draw()
      } catch (error) {
        fail(error)
      }
    }
    const resized = () => {
      this.#shown = []
      this.#write('\x1b[2J')
      this.#draw()
    }
    this.#proc.on('exit', restore)
    // Before what is told of the error, which belongs on the screen that stays.
    this.#proc.on('uncaughtExceptionMonitor', restore)
    for (const signal of deadly) this.#proc.on(signal, die)
    this.#proc.on('SIGCONT', wake)
    this.#proc.on('SIGTSTP', sleep)
    stdout.on('resize', resized)
    let isDone = false
    let data: (text: string) => void = () => {}
    let gone: () => void = () => {}
    let fail: (error: unknown) => void = () => {}
    try {
      await new Promise<void>((resolve, reject) => {
        fail = reject
        const done = () => {
          isDone = true
          resolve()
        }
        const take = (keys: readonly Key[]) => {
          try {
            for (const key of keys) {
              if (isDone) return
              const wanted = shown.press(key)
              if (wanted === 'quit') return done()
              if (wanted === 'interrupt') throw new Interrupted('interrupted')
              if (wanted === 'suspend') sleep()
              if (wanted === 'redraw') resized()
            }
            this.draw()
          } catch (error) {
            isDone = true
            reject(error)
          }
        }
        data = (text) => {
          clearTimeout(this.#flush)
          take(this.#decoder.take(text))
          if (this.#decoder.isWaiting && !isDone)
            this.#flush = setTimeout(() => take(this.#decoder.flush()), escapeAlone)
        }
        gone = done
        stdin.setEncoding('utf8')
        stdin.on('data', data)
        stdin.on('end', gone)
        stdin.on('close', gone)
        stdin.on('error', gone)
        stdout.on('error', gone)
        this.#on()
        this.#draw()
      })
    } finally {
      clearTimeout(this.#flush)
      clearTimeout(this.#asleep)
      clearImmediate(this.#next)
      this.#off()
      stdin.off('data', data)
      stdin.off('end', gone)
      stdin.off('close', gone)
      stdin.off('error', gone)
      stdout.off('resize', resized)
      this.#proc.off('exit', restore)
      this.#proc.off('uncaughtExceptionMonitor', restore)
      for (const signal of deadly) this.#proc.off(signal, die)
      this.#proc.off('SIGCONT', wake)
      this.#proc.off('SIGTSTP', sleep)
      stdin.pause()
    }
  }

  #on(): void {
    if (this.#isOn) return
    this.#isOn = true
    this.#shown = []
    setRaw(this.#proc.stdin, true)
    this.#proc.stdin.resume()
    this.#write(enter)
  }

  #off(): void {
    if (!this.#isOn) return
    this.#isOn = false
    this.#write(leave)
    setRaw(this.#proc.stdin, false)
  }

  /**
   * Only the lines that are otherwise than before: over a slow line a whole screen is seen being drawn. A line is erased before it
   * is written: behind one that fills the terminal the cursor is still on its last character.
   */
  #changes(lines: readonly string[]): string {
    const before = this.#shown
    let text = ''
    lines.forEach((line, i) => {
      if (line !== before[i]) text += `\x1b[${i + 1};1H\x1b[0m\x1b[K${line}\x1b[0m`
    })
    for (let i = lines.length; i < before.length; i++) text += `\x1b[${i + 1};1H\x1b[K`
    this.#shown = lines
    return text
  }

  /** At once, so that what is written last is written when the process ends. */
  #write(text: string): void {
    const bytes = Buffer.from(text)
    let at = 0
    for (let tries = 0; at < bytes.length && tries < 10_000; tries++)
      try {
        at += writeSync(this.#proc.stdout.fd, bytes, at)
      } catch (error) {
        // A terminal that does not keep up; one that is gone takes nothing, and its end is told by its input.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
      }
  }
}

function setRaw(stdin: NodeJS.Process['stdin'], isRaw: boolean): void {
  try {
    stdin.setRawMode(isRaw)
  } catch {
    // It is gone.
  }
}
