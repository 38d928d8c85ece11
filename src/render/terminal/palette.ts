import { Chalk } from 'chalk'
import type { Palette } from './theme.ts'

/** The colours of a terminal that has the 16, 256 or all of them. */
export function palette(level: 1 | 2 | 3): Palette {
  return level === 1 ? sixteenColors() : manyColors(level)
}

/** Middle tones: at least 3.5 to 1 on white and on black, so one palette does for light and dark terminals. */
function manyColors(level: 2 | 3): Palette {
  const chalk = new Chalk({ level })
  return {
    plain: (text) => text,
    strong: chalk.bold,
    quiet: chalk.ansi256(244),
    line: chalk.ansi256(245),
    declared: chalk.ansi256(30),
    recognised: chalk.ansi256(66),
    buffer: chalk.ansi256(133),
    fold: chalk.ansi256(32),
    error: chalk.ansi256(160).bold,
    warning: chalk.ansi256(166),
    good: chalk.ansi256(64),
  }
}

/** Without yellow, white and the bright ones, which vanish on light backgrounds, and blue, which does on dark. */
function sixteenColors(): Palette {
  const chalk = new Chalk({ level: 1 })
  return {
    plain: (text) => text,
    strong: chalk.bold,
    quiet: chalk.dim,
    line: chalk.dim,
    declared: chalk.green,
    recognised: chalk.green.dim,
    buffer: chalk.magenta,
    fold: chalk.cyan,
    error: chalk.red.bold,
    warning: chalk.red,
    good: chalk.green,
  }
}
