/** An element of a page: written as HTML where the page is made, built as nodes where it is shown. */
export interface Element {
  readonly tag: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Child[]
}

/** Text stands for itself: nothing in it is markup. */
export type Child = Element | string

/** @param attributes names are ours; a value may be any text */
export function element(
  tag: string,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly (Child | readonly Child[])[]
): Element {
  return { tag, attributes, children: children.flat() }
}

/** Elements that have no end tag. */
const empty = new Set(['br', 'hr', 'input', 'meta'])

/** The elements as HTML, in pieces. Keeps a frame a level, no recursion. */
export function* html(children: readonly Child[]): Generator<string> {
  const open: { readonly children: readonly Child[]; next: number; readonly end: string }[] = [
    { children, next: 0, end: '' },
  ]
  for (;;) {
    const frame = open.at(-1)
    if (frame === undefined) return
    const child = frame.children[frame.next++]
    if (child === undefined) {
      yield frame.end
      open.pop()
    } else if (typeof child === 'string') yield escapedText(child)
    else {
      const attributes = Object.entries(child.attributes)
        .map(([name, value]) => ` ${name}="${escapedText(value)}"`)
        .join('')
      yield `<${child.tag}${attributes}>`
      if (!empty.has(child.tag)) open.push({ children: child.children, next: 0, end: `</${child.tag}>` })
    }
  }
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapedText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] as string)
}
