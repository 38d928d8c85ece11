import { modelShapes, numberLetters } from './model-shapes-text.ts'

/** A weight of which some lengths are numbers of config.json, whatever else that says. */
export interface ModelShape {
  /** Below the base model, with `*` for numbers of lists; the weight of a module of this path, or a tensor of this name. */
  readonly path: string
  /** By dimension: the number that it is; null where it is not one. */
  readonly lengths: readonly (string | null)[]
}

export interface ModelShapes {
  /** What a model with a head calls its base model. */
  readonly prefix: string
  readonly shapes: readonly ModelShape[]
}

/** undefined where the type is not known. */
export function modelShapesOf(type: string): ModelShapes | undefined {
  for (const line of modelShapes.trim().split('\n')) {
    const [types = '', prefix = '', tree = ''] = line.split(': ')
    if (types.split(' ').includes(type)) return { prefix, shapes: parsed(tree) }
  }
  return undefined
}

const numbers = new Map(numberLetters.split(' ').map((one) => one.split('=') as [string, string]))

/** `mlp(down_proj=af up_proj=fa)`: children in brackets, and for each dimension a letter, or `_`. */
function parsed(text: string): readonly ModelShape[] {
  const shapes: ModelShape[] = []
  const above: string[] = []
  for (const [, name, letters, sign] of text.matchAll(/([^()=\s]*)(?:=(\w+))?([()\s]|$)/g)) {
    if (name !== '' && name !== undefined) {
      const path = [...above, name].join('.')
      if (letters !== undefined)
        shapes.push({ path, lengths: [...letters].map((letter) => numbers.get(letter) ?? null) })
      if (sign === '(') above.push(name)
    }
    if (sign === ')') above.pop()
  }
  return shapes
}
