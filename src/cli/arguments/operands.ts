/** The operand of commands that answer for every checkpoint they are given. */
export const manyPaths = {
  name: '<path...>',
  help: 'files, folders, indexes, globs in quotes, or - for standard input',
} as const
