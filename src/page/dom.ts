import type { Child } from '../render/html/element.ts'

const svg = 'http://www.w3.org/2000/svg'
const svgTags = new Set(['svg', 'rect', 'path', 'circle', 'line'])

/** An element of a page as a node. Text only ever becomes text. */
export function built(child: Child): Node {
  if (typeof child === 'string') return document.createTextNode(child)
  const { tag, attributes, children } = child
  const node = svgTags.has(tag) ? document.createElementNS(svg, tag) : document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value)
  node.append(...children.map(built))
  return node
}

/** A node of HTML with attributes, and children that are nodes, elements of a page or text. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly (Child | Node)[]
): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value)
  node.append(...children.map((child) => (child instanceof Node ? child : built(child))))
  return node
}

/** A list to choose from, with its label. */
export function choice<Value extends string>(
  label: string,
  options: readonly (readonly [value: Value, text: string])[],
  chosen: Value,
  onChange: (value: Value) => void,
): HTMLLabelElement {
  const select = make(
    'select',
    {},
    ...options.map(([value, text]) =>
      make('option', { value, ...(value === chosen ? { selected: '' } : {}) }, text),
    ),
  )
  select.addEventListener('change', () => onChange(select.value as Value))
  return make('label', { class: 'choice' }, make('span', {}, label), select)
}

/** A moment for the browser to draw and to hear the reader. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
