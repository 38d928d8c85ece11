import { entry } from './entry.ts'
import { nameList } from './name-list.ts'

export const partsFindings = {
  'parts/missing': entry({
    level: 'error',
    message: ({ parts, of, what, writer }: Missing) =>
      `${parts.length} of the ${of} parts that ${writer} loads ${parts.length === 1 ? 'has' : 'have'} no ${what}: ${nameList(parts)}`,
    fixOf: 'download or save all of it again',
    about: ['file', 'key'],
  }),
  'parts/only-variant': entry({
    level: 'info',
    message: ({ parts, variants }: { parts: readonly string[]; variants: readonly string[] }) =>
      `${nameList(parts)} ${parts.length === 1 ? 'is' : 'are'} there only as ${variants.map((one) => JSON.stringify(one)).join(', ')}, which is loaded with variant= and not by default`,
    fixOf: ({ variants: [one = ''] }) =>
      `load it with variant=${JSON.stringify(one)}, or save without a variant`,
    about: ['file', 'key'],
  }),
}

type Missing = {
  parts: readonly string[]
  /** Parts that the list names. */
  of: number
  what: 'folder' | 'weights'
  /** The library whose list it is. */
  writer: string
}
