/** What another tool is asked, and the lines of its answer that are written down. */
export interface Run {
  readonly tool: string
  /** Of Python's package index. */
  readonly pack: string
  /** A program of the folder where the tools are, and its arguments. */
  readonly command: readonly string[]
  /** What of its output, or of its error, is told: the first that fits. */
  readonly says: RegExp
}

const live =
  'import torch, torchinfo as t; m = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8)); s = t.summary(m, verbose=0); print("total_params", s.total_params, "trainable_params", s.trainable_params)'

export const runs: readonly Run[] = [
  ...['fixtures/cnn.safetensors', 'fixtures/gptq/model.safetensors', 'fixtures/torch/state_dict.pt'].flatMap(
    (path): Run[] => [
      { tool: 'sft-cli', pack: 'sft-cli', command: ['sft', 'info', path], says: /Parameters: .*|Error: .*/ },
      {
        tool: 'modelinfo-cli',
        pack: 'modelinfo-cli',
        command: ['modelinfo', path],
        says: /Parameters: .*|\w*Error: .*/,
      },
      {
        tool: 'weightlens',
        pack: 'weightlens',
        command: ['lens', 'analyze', path],
        says: /total_params:? .*/,
      },
    ],
  ),
  {
    tool: 'sft-cli',
    pack: 'sft-cli',
    command: ['sft', 'check', 'fixtures/hostile/st/E06_overlap.safetensors'],
    says: /✗ .*/,
  },
  {
    tool: 'modelinfo-cli',
    pack: 'modelinfo-cli',
    command: ['modelinfo', 'fixtures/hostile/st/E06_overlap.safetensors'],
    says: /Parameters: .*/,
  },
  {
    tool: 'weightlens',
    pack: 'weightlens',
    command: ['lens', 'analyze', 'fixtures/hostile/st/E06_overlap.safetensors'],
    says: /Analysis aborted.*/,
  },
  { tool: 'torchinfo', pack: 'torchinfo', command: ['python', '-c', live], says: /total_params .*/ },
]

/** An answer as it is kept in docs/compared.json. */
export interface Answer {
  readonly tool: string
  readonly version: string
  readonly command: string
  readonly exitCode: number | null
  readonly says: string
}

const opening = '<!-- npm run compared writes what follows -->\n'
const closing = '<!-- to here -->'

/** The page with the table of the answers in its place. */
export function withAnswers(page: string, answers: readonly Answer[]): string {
  const start = page.indexOf(opening)
  const end = page.indexOf(closing)
  if (start < 0 || end < start) throw new Error('docs/compared.md has no place for what the tools say')
  const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``
  const rows = answers.map(
    ({ tool, version, command, exitCode, says }) =>
      `| ${tool} ${version} | ${code(command)} | ${exitCode ?? 'none in ten minutes'} | ${says === '' ? '' : code(says)} |\n`,
  )
  const table = `| | run | exit code | says |\n|---|---|---:|---|\n${rows.join('')}`
  return `${page.slice(0, start + opening.length)}\n${table}\n${page.slice(end)}`
}
