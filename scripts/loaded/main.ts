// Compares, tensor by tensor, what torch.load and safetensors give with what is shown, and writes docs/loaded.md:
//   npm run loaded -- FOLDER…          PYTHON=… names a Python that has torch and safetensors
// Names, element types, shapes, requires_grad, ties, and SHA-256 of all values. Any difference ends it with 1.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isSdinspectError } from '../../src/errors.ts'
import { type OpenCheckpoint, open } from '../../src/node.ts'

type Loaded = readonly [type: string, shape: readonly number[], grad: boolean, first: string, digest: string]
interface Said {
  readonly path: string
  readonly error?: string
  readonly tensors?: Readonly<Record<string, Loaded>>
}

const types: Readonly<Record<string, string>> = {
  float32: 'F32',
  float64: 'F64',
  float16: 'F16',
  bfloat16: 'BF16',
  int8: 'I8',
  int16: 'I16',
  int32: 'I32',
  int64: 'I64',
  uint8: 'U8',
  uint16: 'U16',
  uint32: 'U32',
  uint64: 'U64',
  bool: 'BOOL',
  complex32: 'C32',
  complex64: 'C64',
  complex128: 'C128',
  float8_e4m3fn: 'F8_E4M3',
  float8_e5m2: 'F8_E5M2',
  float8_e4m3fnuz: 'F8_E4M3FNUZ',
  float8_e5m2fnuz: 'F8_E5M2FNUZ',
  float8_e8m0fnu: 'F8_E8M0',
}

const folders = process.argv.slice(2)
const paths = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:safetensors|pt|pth|bin|ckpt)$/.test(name))
    // Those made to be refused take torch minutes and gigabytes.
    .filter((name) => !/(?:^|\/)hostile\//.test(name))
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort(),
)
const { stdout, status } = spawnSync(process.env.PYTHON ?? 'python3', ['scripts/loaded/load.py'], {
  input: paths.join('\n'),
  encoding: 'utf8',
  maxBuffer: 2 ** 30,
  stdio: ['pipe', 'pipe', 'inherit'],
})

if (status !== 0) throw new Error('load.py did not get to its end')

const count = { files: 0, tensors: 0, refused: 0, unlike: 0, ties: 0, grads: 0, without: 0, told: 0 }
const different: string[] = []
for (const line of stdout.split('\n').filter((one) => one.startsWith('{'))) {
  const said = JSON.parse(line) as Said
  if (said.tensors === undefined) {
    count.refused++
    continue
  }
  let checkpoint: OpenCheckpoint
  try {
    checkpoint = await open(said.path)
  } catch (error) {
    different.push(
      `${said.path}: torch loads it, and it is refused: ${(error as Error).message.slice(0, 200)}`,
    )
    continue
  }
  // Torch may load other tensors than are shown, and check says so.
  if (checkpoint.report.findings.some(({ rule }) => /^torch\/(?:unfollowed|view|uninitial)/.test(rule))) {
    count.told++
    await checkpoint.close()
    continue
  }
  count.files++
  try {
    await compare(checkpoint, said.tensors, said.path)
  } finally {
    await checkpoint.close()
  }
}

async function compare(
  checkpoint: OpenCheckpoint,
  loaded: Readonly<Record<string, Loaded>>,
  path: string,
): Promise<void> {
  const shown = new Map<string, { readonly name: string; readonly at: string }>()
  for (const { path: at, tensors } of checkpoint.report.stateDicts)
    for (const { name } of tensors) shown.set(at === '' ? name : `${at}.${name}`, { name, at })
  for (const [name, [type, shape, grad, first, digest]] of Object.entries(loaded)) {
    const found = shown.get(name)
    if (found === undefined) {
      // Torch's tensors that are no entry of a state dict: numbers of a scheduler, state of a generator, of an optimizer.
      count.unlike++
      continue
    }
    count.tensors++
    const stateDict = checkpoint.report.stateDicts.find((one) => one.path === found.at)
    const tensor = stateDict?.tensors.find((one) => one.name === found.name)
    const tell = (what: string): unknown => different.push(`${path}: ${name}: ${what}`)
    if (tensor === undefined) continue
    const values = await digestOf(checkpoint, found)
    // DeepSpeed leaves nothing of a partitioned parameter but its shape, which is elsewhere in the file.
    if (shape.join() === '0' && values === null) {
      count.without++
      continue
    }
    // Torch counts bytes of two elements each.
    const isPair = type === 'float4_e2m1fn_x2'
    const elements = isPair ? [...shape.slice(0, -1), 2 * (shape.at(-1) ?? 0)] : shape
    if (tensor.dtype !== (isPair ? 'F4' : types[type])) tell(`${type} is shown as ${tensor.dtype}`)
    if (tensor.shape.join() !== elements.join()) tell(`[${elements}] is shown as [${tensor.shape}]`)
    // What belongs to a quantised layer is no parameter, whatever its flag.
    if (grad && ++count.grads > 0 && tensor.kind !== 'other' && tensor.trainable !== 'yes')
      tell('requires grad, and is not shown so')
    if (first !== name && shown.has(first)) {
      count.ties++
      if (tensor.tiedTo === null && shown.get(first)?.at === found.at)
        tell(`is ${first}, and not shown as tied`)
    }
    if (values === null) count.without++
    else if (values !== digest) tell('its values are others')
  }
}

/** null where it is said that no values are read of it: subclasses, and what is packed in ways of its own. */
async function digestOf(
  checkpoint: OpenCheckpoint,
  { name, at }: { readonly name: string; readonly at: string },
): Promise<string | null> {
  const hash = createHash('sha256')
  try {
    for await (const { bytes } of checkpoint.values(name, { stateDict: at })) hash.update(bytes)
  } catch (error) {
    if (isSdinspectError(error, 'usage/no-values')) return null
    throw error
  }
  return hash.digest('hex')
}

const row = (what: string, number: number): string => `| ${what} | ${number.toLocaleString('en')} |\n`
writeFileSync(
  'docs/loaded.md',
  '# What torch loads is what is shown\n\n' +
    'Written by `npm run loaded`: every file of the folders given, here of the committed fixtures, is\n' +
    'loaded by `torch.load(weights_only=True)` or safetensors, and each tensor is compared with the one shown: its name, element\n' +
    'type, shape, `requires_grad`, what it is tied to, and the SHA-256 of all its values.\n\n' +
    '| | |\n| --- | --: |\n' +
    row('files', count.files) +
    row('tensors', count.tensors) +
    row('of those, the same tensor as another', count.ties) +
    row('of those, with `requires_grad`', count.grads) +
    row('of those, whose values are said not to be read', count.without) +
    row('files that `weights_only` or safetensors refuses, which are not compared', count.refused) +
    row('files of which `check` says that torch may load other tensors', count.told) +
    row(
      'tensors that are no entry of a state dict, or under another path (state of optimizers)',
      count.unlike,
    ) +
    row('**different**', different.length) +
    (different.length === 0
      ? ''
      : `\n${different
          .slice(0, 50)
          .map((one) => `- \`${one}\`\n`)
          .join('')}`),
)
for (const one of different.slice(0, 40)) console.log(one)
console.log(JSON.stringify({ ...count, different: different.length }))
process.exitCode = different.length === 0 ? 0 : 1
