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

/** What is measured of each client. */
export type Client = 'sdinspect' | 'huggingface_hub' | '@huggingface/hub'
export type Measured = Readonly<Record<'sharded' | 'model' | 'single', Readonly<Record<Client, Cost>>>>

/** What hf-fm 0.12.6 says of itself (docs/case-studies/remote-gguf-read-ahead.md): its endpoint cannot be another. */
const hfFm = { requests: 4, bytes: 42_496 }

/** What reading headers costs with each client, from the same imitation. */
export function costTable({ sharded, model, single }: Measured): string {
  const row = (name: string, ...costs: readonly (Cost | null)[]): string[] => [
    name,
    ...costs.flatMap((cost) =>
      cost === null ? ['not said', ''] : [String(cost.requests), cost.bytes.toLocaleString('en-US')],
    ),
  ]
  const of = (client: Client) => [sharded[client], model[client], single[client]] as const
  return table(
    [
      '',
      '163 shards: requests',
      'bytes',
      'a model of one file: requests',
      'bytes',
      'that file by name: requests',
      'bytes',
    ],
    [
      row('`sdinspect inspect`', ...of('sdinspect')),
      row('huggingface_hub, `get_safetensors_metadata`', ...of('huggingface_hub')),
      row('@huggingface/hub, `parseSafetensorsMetadata`', ...of('@huggingface/hub')),
      row('hf-fm 0.12.6, as its documentation has it', null, null, hfFm),
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
