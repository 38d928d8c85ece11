import type { Verdict } from './ask-torch.ts'
import type { Input } from './inputs.ts'

/** What torch said of one group of inputs. */
export interface GroupResult {
  readonly written: number
  readonly exact: number
  readonly refused: number
  readonly inOrder: number
  /** Of which the file keeps the order. */
  readonly ordered: number
  readonly medianLines: number
  readonly mostLines: number
}

/** How the groups are called on the page, in its order. */
const titles: Readonly<Record<string, string>> = {
  'truth, kept': 'models of torchvision, timm, transformers, kept',
  'truth, ordered': 'models of torchvision, timm, transformers, ordered',
  'truth, declared': 'models of torchvision, timm, transformers, declared',
  'truth-wild, kept': 'models of 20 odd libraries, kept',
  'truth-wild, ordered': 'models of 20 odd libraries, ordered',
  'truth-wild, declared': 'models of 20 odd libraries, declared',
  'fixtures/truth, kept': '`fixtures/truth`, kept',
  'fixtures/truth, ordered': '`fixtures/truth`, ordered',
  'fixtures/truth, declared': '`fixtures/truth`, declared',
  'fixtures/code, kept': '`fixtures/code`, kept',
  'fixtures/code, ordered': '`fixtures/code`, ordered',
  'fixtures/code, declared': '`fixtures/code`, declared',
  'odd ones': 'names and types that Python or torch mind',
  fixtures: 'files of `fixtures/`',
  samples: 'samples of real checkpoints',
  cases: 'files that people had trouble with',
  hostile: 'hostile files',
}

/** The table of the page. */
export function resultsMarkdown(results: Readonly<Record<string, GroupResult>>): string {
  const lines = [
    '| state dicts of | written | exact | refused | in the order of the file | lines: median | most |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
  ]
  const groups = [
    ...Object.keys(titles),
    ...Object.keys(results).filter((group) => titles[group] === undefined),
  ]
  for (const group of groups) {
    const row = results[group]
    if (row === undefined) continue
    const order = row.ordered === 0 ? 'it keeps none' : `${row.inOrder} of ${row.ordered}`
    lines.push(
      `| ${titles[group] ?? group} | ${row.written} | ${row.exact} | ${row.refused} | ${order} | ${row.medianLines} | ${row.mostLines} |`,
    )
  }
  return `${lines.join('\n')}\n`
}

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

  /** By group, for `docs/code.json`. */
  get results(): Record<string, GroupResult> {
    const results: Record<string, GroupResult> = {}
    for (const [group, { exact, wrong, inOrder, ordered, refused, lines }] of this.#rows) {
      const sorted = [...lines].sort((a, b) => a - b)
      results[group] = {
        written: exact + wrong,
        exact,
        refused: refused.length,
        inOrder,
        ordered,
        medianLines: sorted[sorted.length >> 1] ?? 0,
        mostLines: sorted.at(-1) ?? 0,
      }
    }
    return results
  }

  get refusals(): string[] {
    return [...this.#rows.values()].flatMap(({ refused }) => refused)
  }
}
