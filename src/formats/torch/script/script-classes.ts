/** What the source of a TorchScript class declares of its modules' attributes. */
export interface ScriptClass {
  readonly parameters: ReadonlySet<string>
  readonly buffers: ReadonlySet<string>
}

/**
 * The classes of one source file of a TorchScript archive, by name. Reads only the lists that the serializer
 * writes first in each class (torch/csrc/jit/serialization/python_print.cpp); the rest is passed over.
 */
export function scriptClasses(source: string): Map<string, ScriptClass> {
  const classes = new Map<string, ScriptClass>()
  let parameters = new Set<string>()
  let buffers = new Set<string>()
  for (const line of source.split('\n')) {
    const name = /^class ([^(:]{1,1000})\(/.exec(line)?.[1]
    if (name !== undefined) {
      parameters = new Set()
      buffers = new Set()
      classes.set(name, { parameters, buffers })
    } else if (line.startsWith('  __parameters__ = [')) addNames(line, parameters)
    else if (line.startsWith('  __buffers__ = [')) addNames(line, buffers)
  }
  return classes
}

/** The strings of `["weight", "bias", ]`. */
function addNames(line: string, names: Set<string>): void {
  let open = line.indexOf('"')
  while (open >= 0) {
    let text = ''
    let at = open + 1
    for (; at < line.length && line[at] !== '"'; at++)
      text += line[at] === '\\' ? escaped(line[++at]) : line[at]
    names.add(text)
    open = line.indexOf('"', at + 1)
  }
}

function escaped(letter: string | undefined): string {
  return letter === 'n' ? '\n' : letter === 't' ? '\t' : (letter ?? '')
}

/** Where the source of a class is: `__torch__.a.b.C` in `code/__torch__/a/b.py`. */
export function sourceOf(type: string): { readonly file: string; readonly name: string } {
  const dot = type.lastIndexOf('.')
  return { file: `code/${type.slice(0, dot).replaceAll('.', '/')}.py`, name: type.slice(dot + 1) }
}

/** `Linear` of `__torch__.torch.nn.modules.linear.___torch_mangle_0.Linear`. */
export function shownClass(type: string): string {
  return type.slice(type.lastIndexOf('.') + 1)
}
