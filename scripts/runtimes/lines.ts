import { readdirSync, readFileSync } from 'node:fs'

/** A command line to try, and what it is given. */
export interface Line {
  readonly argv: readonly string[]
  /** A file that is its standard input. */
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Where the files of `fixtures/` are to be had on this machine. */
export interface Servers {
  /** Of a web server, without a slash at its end. */
  readonly web: string
  /** Of a server that is there no more. */
  readonly gone: string
  /** Of an imitation of the Hub, with `org/model` and `org/gated`. */
  readonly hub: string
}

/** Folders whose every file is read, sound or not. */
const folders = ['hostile/st', 'hostile/gguf', 'hostile/npz', 'hostile/pt', 'torch', 'gguf', 'onnx', 'numpy']
/** Folders that are one checkpoint. */
const checkpoints = ['bert', 'bart-sharded', 'gptq', 'lora', 'torch-sharded', 'torch/dcp', 'hdf5/model.keras']

const own = `
--help
--version
check --help
--limit x=1
inspect fixtures/cnn.safetensors fixtures/bert fixtures/missing.safetensors
inspect fixtures/cnn.safetensors --memory --color always
inspect fixtures/bert --all --sort params
ls fixtures/torch/lightning.ckpt --json
tree fixtures/bart-sharded --no-fold
why fixtures/torch/module.pt ** -f md
stats fixtures/values fixtures/torch fixtures/statistics --json
stats fixtures/cnn.safetensors --part 1/2 -o out/part-1.json
stats fixtures/cnn.safetensors --part 2/2 -o out/part-2.json
digest fixtures/values fixtures/torch fixtures/hdf5/model.keras --json
diff fixtures/torch/ddp.pt fixtures/torch/state_dict.pt --rename-map out/map.json
diff fixtures/values/same.pt fixtures/values/same.safetensors --values --json
code fixtures/cnn.safetensors -o out/model.py
lock fixtures/cnn.safetensors --lock-file out/sdinspect.lock
init fixtures/cnn.safetensors -o out/sdinspect.yaml
check fixtures --values --report sarif=out/check.sarif --report junit=out/check.xml --report tap=out/check.tap
check fixtures/cnn.safetensors fixtures/torch/ddp.pt --fail-on warning --report github
check fixtures/torch/dcp --json
explain index/missing-shard
report fixtures/cnn.safetensors --stats -o out/report.html
report fixtures/torch/state_dict.pt fixtures/torch/ddp.pt -o out/two.html
schema policy
completion bash
completion zsh
completion fish
completion pwsh
ls fixtures/cnn.safetensors -o fixtures/cnn.safetensors
ls fixtures/cnn.safetensors -o nowhere/list.txt
`

/** What is run in every runtime; files are written below `out/` alone. */
export function lines({ web, gone, hub }: Servers): readonly Line[] {
  return [
    ...words(own).map((argv) => ({ argv })),
    ...shownLines().map((argv) => ({ argv })),
    ...folders.flatMap((folder) => [
      { argv: ['inspect', `fixtures/${folder}/*`] },
      { argv: ['check', `fixtures/${folder}/*`, '--json'] },
    ]),
    ...checkpoints.flatMap((path) => [
      { argv: ['inspect', `fixtures/${path}`, '--json'] },
      { argv: ['check', `fixtures/${path}`, '--values'] },
    ]),
    { argv: ['inspect', '-'], input: 'fixtures/cnn.safetensors' },
    { argv: ['check', '-', '--json'], input: 'fixtures/torch/torch-1.13/views-legacy.pt' },
    ...[
      'cnn.safetensors',
      'torch/lightning.ckpt',
      'bart-sharded/model.safetensors.index.json',
      'missing',
    ].flatMap((name) => [
      { argv: ['ls', `${web}/${name}`, '-q'] },
      { argv: ['check', `${web}/${name}`, '--json'] },
    ]),
    ...['hf://org/model', 'hf://org/model@none', 'hf://org/gated', 'hf://org/none', 'hf://org'].map(
      (name) => ({
        argv: ['inspect', name, '--json'],
        env: { HF_ENDPOINT: hub },
      }),
    ),
    { argv: ['inspect', `${gone}/model.safetensors`] },
  ]
}

/** The command lines of the transcripts and the README. */
function shownLines(): string[][] {
  const pages = [
    'README.md',
    ...readdirSync('fixtures/transcripts').map((name) => `fixtures/transcripts/${name}`),
  ]
  return pages.flatMap((page) =>
    words(
      [...readFileSync(page, 'utf8').matchAll(/^\$ (?:npx )?sdinspect (.+)$/gm)]
        .map((match) => match[1])
        .join('\n'),
    ),
  )
}

/** Words of lines as a shell gives them, as far as quotes go. */
function words(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => [...line.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? ''))
}
