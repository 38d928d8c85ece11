import { looseTensors } from '../model/loose-tensors.ts'
import { laidOut, usualWidth } from './layout.ts'
import type { ClassDefinition, Program } from './program.ts'
import { comment, commentLines, literal } from './python-text.ts'

/** Where a file of Python comes from, for its comments and its loader. */
export interface Origin {
  /** Of the checkpoint, without folders. */
  readonly file: string
  /** The state dict in it; `''` where the file is one. */
  readonly at: string
  readonly version: string
}

/** All of a file of Python that makes the module, loads weights into it and counts them. */
export function* pythonFile(program: Program, origin: Origin): Generator<string> {
  const numbers = noteNumbers(program.classes)
  yield head(program, origin, numbers)
  yield* moduleText(program, numbers, usualWidth)
  yield loader(program, origin)
}

/** The part that makes the module, without comments and with no line broken: what Python makes of it, and no more. */
export function bareModule(program: Program): string {
  const classes = program.classes.map((definition) => ({
    ...definition,
    lines: definition.lines.map((line) => ({ ...line, notes: [], remark: null })),
  }))
  return [...moduleText({ ...program, classes }, new Map(), Number.POSITIVE_INFINITY)].join('')
}

function* moduleText(
  { classes }: Program,
  numbers: ReadonlyMap<number, number>,
  width: number,
): Generator<string> {
  if (classes.some(({ hasExtraState }) => hasExtraState)) yield extraStateClass
  const model = classes[classes.length - 1] as ClassDefinition
  for (const definition of classes)
    yield classText(definition, numbers, width) + (definition === model ? forward : '')
  yield `\n\ndef build():\n    return ${model.name}()\n`
}

/** Notes by the number they have, in the order in which lines need them. */
function noteNumbers(classes: readonly ClassDefinition[]): Map<number, number> {
  const numbers = new Map<number, number>()
  for (const { lines } of classes)
    for (const { notes } of lines)
      for (const note of notes.flatMap((each) => [...each]))
        if (!numbers.has(note)) numbers.set(note, numbers.size + 1)
  return numbers
}

function head(program: Program, { file, at, version }: Origin, numbers: ReadonlyMap<number, number>): string {
  const { entries, notes, untold, inOrder, untyped, unknownTrainable, extraStates } = program
  const of = at === '' ? comment(file) : `${comment(at)} in ${comment(file)}`
  const lines = commentLines(
    `${entries === 1 ? 'The entry' : `The ${entries} entries`} of ${of} as a module that load_state_dict(strict=True) takes, written by sdinspect ${version}.`,
  )
  const say = (text: string): void => void lines.push(...commentLines(text))
  if (inOrder === null) say('The file does not keep the order of entries: here they are in that of modules.')
  if (inOrder === false)
    say('No module has its entries in the order of the file: here they are in that of modules.')
  if (unknownTrainable)
    say('Whether parameters train is not in the file, but for those that are frozen here.')
  if (untyped) say('Element types that the file does not record are float32 here.')
  if (extraStates.length > 0)
    say(
      `_extra_state is kept as it is: ${extraStates
        .slice(0, 5)
        .map((each) => comment(each, 100))
        .join('; ')}.`,
    )
  if (untold.size > 0) {
    say('What leaves no trace in a state dict is left at its default:')
    for (const [name, options] of [...untold].sort(([a], [b]) => (a < b ? -1 : 1)))
      lines.push(...commentLines(`${name}: ${options}`, '#   ', '#     '))
  }
  if (numbers.size > 0) {
    say('Numbers in brackets say what is not certain:')
    for (const [note, number] of numbers)
      lines.push(...commentLines(comment(notes[note] as string), `#   [${number}] `, '#       '))
  }
  return `${lines.join('\n')}\nimport torch\nfrom torch import nn\n`
}

const extraStateClass = `

class ExtraState(nn.Module):
    """Keeps what a module of the file says besides tensors."""

    def get_extra_state(self):
        return self.__dict__.get("extra state")

    def set_extra_state(self, state):
        self.__dict__["extra state"] = state
`

function classText(definition: ClassDefinition, numbers: ReadonlyMap<number, number>, width: number): string {
  const { name, parameters, lines, hasExtraState } = definition
  const body = lines.map(({ text, notes, remark }) => {
    const shown = (marks: readonly number[]): string => {
      const found = new Set(
        marks.flatMap((at) => [...(notes[at] ?? [])].map((note) => numbers.get(note) as number)),
      )
      const sorted = [...found].sort((a, b) => a - b)
      if (sorted.length === 0) return ''
      return `[${sorted.slice(0, mostMarks).join(', ')}${sorted.length > mostMarks ? ', ...' : ''}]`
    }
    const about = remark === null ? '' : comment(remark, 100)
    return `${laidOut(text, '        ', { width, about, shown })}\n`
  })
  return [
    `\n\nclass ${name}(${hasExtraState ? 'ExtraState' : 'nn.Module'}):\n`,
    `    def __init__(${['self', ...parameters].join(', ')}):\n        super().__init__()\n`,
    ...body,
  ].join('')
}

/** Notes that one line points to. */
const mostMarks = 8

const forward = `
    def forward(self, *inputs):
        raise NotImplementedError("The file says which tensors there are and not what is done with them: write this.")
`

function loader({ dtypes }: Program, { at }: Origin): string {
  const types = [...dtypes].map(([name, torch]) => `${literal(name)}: ${torch}`).join(', ')
  const isLoose = at === looseTensors
  const prefix = at === '' || isLoose ? '' : `${at}.`
  const select = isLoose
    ? '        found.update((name, value) for name, value in weights(path, keys).items() if name in keys)'
    : prefix === ''
      ? '        found.update(weights(path, keys))'
      : `        inside = weights(path, keys)
        found.update((name[len(prefix):], value) for name, value in inside.items() if name.startswith(prefix))`
  return `

def flat(value, name, keys):
    """The tensors of nested dicts and lists, by dotted name."""
    if isinstance(value, torch.Tensor) or name in keys:
        yield name or "tensor", value
    elif isinstance(value, (dict, list, tuple)):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from flat(inner, f"{name}.{key}" if name else str(key), keys)


def weights(path, keys):
    """The entries of a safetensors file, or of a file that torch.save wrote."""
    if not path.endswith(".safetensors"):
        return dict(flat(torch.load(path, map_location="cpu", weights_only=True), "", keys))
    import json

    dtypes = {${types}}
    with open(path, "rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header, found = json.loads(file.read(size)), {}
        for name, entry in header.items():
            if name != "__metadata__":
                begin, end = entry["data_offsets"]
                file.seek(8 + size + begin)
                data, dtype = bytearray(file.read(end - begin)), dtypes[entry["dtype"]]
                found[name] = torch.frombuffer(data, dtype=dtype) if data else torch.empty(0, dtype=dtype)
                found[name] = found[name].reshape(entry["shape"])
    return found


if __name__ == "__main__":
    import sys

    model, found${prefix === '' ? '' : ', prefix'} = build(), {}${prefix === '' ? '' : `, ${literal(prefix)}`}
    keys = {${prefix === '' ? 'key' : 'prefix + key'} for key in model.state_dict()}
    for path in sys.argv[1:]:
${select}
    model.load_state_dict(found, strict=True)
    parameters = list(model.parameters())
    print(f"{sum(p.numel() for p in parameters):,} parameters in {len(parameters)} tensors", end="")
    print(f", {sum(p.numel() for p in parameters if p.requires_grad):,} of them trainable", end="")
    print(f"; {sum(b.numel() for b in model.buffers()):,} elements in {len(list(model.buffers()))} buffers")
`
}
