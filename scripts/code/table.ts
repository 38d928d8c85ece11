import type { Verdict } from './ask-torch.ts'
import type { Input } from './inputs.ts'

interface Row {
  exact: number
  wrong: number
  /** In the order of the file, of those whose file keeps one. */
  inOrder: number
  ordered: number
  readonly refused: string[]
  readonly lines: number[]
}

/** What torch said, a row for each group of inputs. */
export class Table {
  readonly #rows = new Map<string, Row>()

  #row({ group }: Input): Row {
    let row = this.#rows.get(group)
    if (row === undefined) {
      row = { exact: 0, wrong: 0, inOrder: 0, ordered: 0, refused: [], lines: [] }
      this.#rows.set(group, row)
    }
    return row
  }

  get hasWrong(): boolean {
    return [...this.#rows.values()].some(({ wrong }) => wrong > 0)
  }

  /** @param inOrder what the program says of its order: null where the file keeps none */
  add(input: Input, text: string, { problems, inOrder: found }: Verdict, inOrder: boolean | null): void {
    const row = this.#row(input)
    const isExact = problems.length === 0 && (inOrder !== true || found)
    if (isExact) row.exact++
    else row.wrong++
    if (inOrder !== null) row.ordered++
    if (inOrder === true && found) row.inOrder++
    row.lines.push(text.split('\n').length - 1)
  }

  refuse(input: Input, why: string): void {
    this.#row(input).refused.push(`${input.id}: ${why}`)
  }

  markdown(): string {
    const lines = [
      '| state dicts of | written | exact | refused | in the order of the file | lines: median | most |',
      '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ]
    for (const [group, row] of this.#rows) {
      const sorted = [...row.lines].sort((a, b) => a - b)
      const order = row.ordered === 0 ? 'it keeps none' : `${row.inOrder} of ${row.ordered}`
      lines.push(
        `| ${group} | ${row.exact + row.wrong} | ${row.exact} | ${row.refused.length} | ${order} | ${sorted[sorted.length >> 1] ?? 0} | ${sorted.at(-1) ?? 0} |`,
      )
    }
    return `${lines.join('\n')}\n`
  }

  get refusals(): string[] {
    return [...this.#rows.values()].flatMap(({ refused }) => refused)
  }
}
