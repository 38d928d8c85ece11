import type { Command } from '../command.ts'
import { complete } from './complete.ts'

/** Commands for programs, which help and completion do not show. */
export const hiddenCommands: readonly Command[] = [complete]
