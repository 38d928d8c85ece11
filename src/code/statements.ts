import { spellingOf } from './attribute-names.ts'
import type { Line } from './program.ts'
import { literal } from './python-text.ts'
import { joined, type Template, together } from './template.ts'

/** One registration in a module: of a tensor or of a module below. */
export interface Statement {
  readonly what: 'module' | 'parameter' | 'buffer'
  /** As the file has it. */
  readonly name: string
  readonly value: Template
  readonly remark?: string
}

/** Statements as lines; the same registered under numbers that follow each other is a loop. */
export function folded(statements: readonly Statement[]): Line[] {
  const lines: Line[] = []
  for (let at = 0; at < statements.length; ) {
    const end = endOfRun(statements, at)
    const first = statements[at] as Statement
    if (end - at >= leastRun) {
      const value = together(statements.slice(at, end).map((each) => each.value))
      lines.push(line(first, loop({ ...first, value }, end - at)))
      at = end
    } else {
      lines.push(line(first, registration(first, literal(first.name))))
      at++
    }
  }
  return lines
}

/** Fewer are as short without a loop. */
const leastRun = 3

function line(first: Statement, template: Template): Line {
  const owner = spellingOf(first.name) === 'attribute' ? first.name : ''
  return {
    template,
    owner,
    ...(first.remark === undefined ? {} : { remark: first.remark }),
  }
}

interface Numbered {
  readonly before: string
  readonly number: number
  readonly after: string
}

/** A name around its last number, of characters that an f-string has no use for. */
function numbered(name: string): Numbered | null {
  const match = /^([A-Za-z0-9_]*?)(0|[1-9][0-9]{0,6})([A-Za-z_]*)$/.exec(name)
  if (match === null || spellingOf(name) === 'kept' || name.length > 80) return null
  return { before: match[1] as string, number: Number(match[2]), after: match[3] as string }
}

/** Where statements end that do the same as the one at `at`, under the numbers that follow. */
function endOfRun(statements: readonly Statement[], at: number): number {
  const first = statements[at] as Statement
  const name = numbered(first.name)
  if (name === null) return at + 1
  const text = first.value.toString()
  let end = at + 1
  for (; end < statements.length; end++) {
    const next = statements[end] as Statement
    const nextName = numbered(next.name)
    if (
      nextName === null ||
      nextName.before !== name.before ||
      nextName.after !== name.after ||
      nextName.number !== name.number + end - at ||
      next.what !== first.what ||
      next.remark !== first.remark ||
      next.value.toString() !== text
    )
      break
  }
  return end
}

function loop(first: Statement, count: number): Template {
  const { before, number, after } = numbered(first.name) as Numbered
  const name = before === '' && after === '' ? 'str(i)' : `f"${before}{i}${after}"`
  const range = number === 0 ? `${count}` : `${number}, ${number + count}`
  return joined([`for i in range(${range}):\n    `, registration({ ...first, name: '0' }, name)])
}

/** The statement that registers under a name, which is Python text of a string. */
function registration({ what, name, value }: Statement, text: string): Template {
  const spelling = spellingOf(name)
  if (spelling === 'kept') return joined([`self._${what}s[${text}] = `, value])
  if (what === 'buffer') return joined([`self.register_buffer(${text}, `, value, ')'])
  if (spelling === 'attribute') return joined([`self.${name} = `, value])
  return joined([
    what === 'module' ? `self.add_module(${text}, ` : `self.register_parameter(${text}, `,
    value,
    ')',
  ])
}
