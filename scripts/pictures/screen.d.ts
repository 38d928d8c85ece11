export interface ScreenOptions {
  readonly columns: number
  readonly rows: number
  /** The folder it runs in. */
  readonly cwd: string
  /** Pressed one after the other, each when the screen has settled, by their names in tmux. */
  readonly keys?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** What a terminal shows of a command, with its colours, when it and the keys are through; below it its exit code, where it has ended. */
export function screenOf(command: readonly string[], options: ScreenOptions): Promise<string>
