/** What one client made of one thing. */
export interface Result {
  readonly client: string
  readonly what: string
  readonly isRight: boolean
  readonly got: unknown
}

export interface Cost {
  readonly requests: number
  readonly bytes: number
}

/** A line for each thing, a column for each client. */
export function clientsTable(results: readonly Result[]): string {
  const clients = [...new Set(results.map(({ client }) => client))]
  const whats = [...new Set(results.map(({ what }) => what))]
  const cell = (what: string, client: string): string => {
    const found = results.find((one) => one.what === what && one.client === client)
    if (found === undefined) return 'not asked'
    const refusal = what.startsWith('a ') ? `: ${found.got === null ? 'nothing' : String(found.got)}` : ''
    return `${found.isRight ? 'right' : 'WRONG'}${refusal}`
  }
  return table(
    ['', ...clients],
    whats.map((what) => [what, ...clients.map((client) => cell(what, client))]),
  )
}

/** What reading headers costs with each client, from the same imitation. */
export function costTable({
  sharded,
  single,
}: Readonly<
  Record<'sharded' | 'single', Readonly<Record<'sdinspect' | 'huggingface_hub' | '@huggingface/hub', Cost>>>
>): string {
  const row = (name: string, many: Cost, one: Cost): string[] => [
    name,
    ...[many, one].flatMap(({ requests, bytes }) => [String(requests), bytes.toLocaleString('en-US')]),
  ]
  return table(
    ['', 'requests, 163 shards', 'bytes', 'requests, one file', 'bytes'],
    [
      row('`sdinspect inspect`', sharded.sdinspect, single.sdinspect),
      row('huggingface_hub, `get_safetensors_metadata`', sharded.huggingface_hub, single.huggingface_hub),
      row(
        '@huggingface/hub, `parseSafetensorsMetadata`',
        sharded['@huggingface/hub'],
        single['@huggingface/hub'],
      ),
    ],
  )
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** A page with what is between its two marks replaced. */
export function replaced(page: string, mark: string, text: string): string {
  const [begin, end] = [`<!-- ${mark} -->\n`, `\n<!-- /${mark} -->`]
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from < 0 || to < from) throw new Error(`the page has no place for ${mark}`)
  return page.slice(0, from + begin.length) + text + page.slice(to)
}
