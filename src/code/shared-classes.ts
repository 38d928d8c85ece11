import type { ClassDefinition, Line } from './program.ts'
import { isIdentifier } from './python-text.ts'
import { hole, joined, listed, type Template, together } from './template.ts'

/** What a class for one block would be. */
export interface Body {
  /** The same for two that differ in numbers only. */
  readonly key: string
  /** A module of the block. */
  readonly module: number
  readonly lines: readonly Line[]
  readonly hasExtraState: boolean
}

/** A class, and the call of it that makes each of the blocks it stands for. */
export interface SharedClass {
  readonly definition: ClassDefinition
  readonly calls: ReadonlyMap<Body, Template>
}

/** More arguments than that say nothing to a person: the blocks are classes of their own then. */
const mostParameters = 8

/**
 * One class for blocks that differ in numbers only, which are its parameters.
 *
 * @param bodies all of one key
 */
export function sharedClasses(
  bodies: readonly Body[],
  nameOf: (body: Body) => string,
  isTaken: (name: string) => boolean,
): SharedClass[] {
  const [first] = bodies
  if (first === undefined) return []
  const vectors = bodies.map(({ lines }) => lines.flatMap(({ template }) => template.numbers))
  const columns = varyingColumns(vectors)
  const different = new Set(columns.filter((column) => column !== null))
  if (different.size > mostParameters)
    return byVector(bodies, vectors).flatMap((alike) => sharedClasses(alike, nameOf, isTaken))
  const parameters = parametersOf(first, columns, isTaken)
  const name = nameOf(first)
  const calls = new Map<Body, Template>()
  bodies.forEach((body, i) => {
    const vector = vectors[i] as readonly number[]
    const values = [...parameters].map(([column, parameter]) =>
      hole(vector[column] as number, parameter.name),
    )
    calls.set(body, joined([name, listed(values)]))
  })
  let at = 0
  const lines = first.lines.map(({ template, remark }, i) => ({
    text: template.written((number) => {
      const column = columns[at++] ?? null
      return column === null ? String(number) : (parameters.get(column)?.name ?? String(number))
    }),
    notes: together(bodies.map(({ lines }) => (lines[i] as Line).template)).notes,
    remark: remark ?? null,
  }))
  const names = [...parameters.values()].map((parameter) => parameter.name)
  return [{ definition: { name, parameters: names, lines, hasExtraState: first.hasExtraState }, calls }]
}

function byVector(bodies: readonly Body[], vectors: readonly (readonly number[])[]): Body[][] {
  const groups = new Map<string, Body[]>()
  bodies.forEach((body, i) => {
    const key = (vectors[i] as readonly number[]).join(' ')
    const known = groups.get(key)
    if (known === undefined) groups.set(key, [body])
    else known.push(body)
  })
  return [...groups.values()]
}

/** By number of a body: the first place that always has the same number as this one; null where all bodies have one. */
function varyingColumns(vectors: readonly (readonly number[])[]): (number | null)[] {
  const [first = []] = vectors
  const seen = new Map<string, number>()
  return first.map((number, column) => {
    if (vectors.every((vector) => vector[column] === number)) return null
    const values = vectors.map((vector) => vector[column]).join(' ')
    const known = seen.get(values)
    if (known !== undefined) return known
    seen.set(values, column)
    return column
  })
}

/** Names for the columns that vary, after what the first number in each is. */
function parametersOf(
  { lines }: Body,
  columns: readonly (number | null)[],
  isTaken: (name: string) => boolean,
): Map<number, { readonly name: string }> {
  const parameters = new Map<number, { readonly name: string }>()
  const names = new Set<string>()
  let at = 0
  for (const { template, owner = '' } of lines)
    for (const role of template.roles) {
      const column = columns[at++] ?? null
      if (column === null || parameters.has(column)) continue
      const wanted = [role, `${owner}_${role}`].filter((name) => name.length <= 40 && isIdentifier(name))
      let name = wanted.find((each) => !names.has(each) && !isTaken(each))
      for (let number = 2; name === undefined; number++) {
        const numbered = `n${number}`
        if (!names.has(numbered) && !isTaken(numbered)) name = numbered
      }
      names.add(name)
      parameters.set(column, { name })
    }
  return parameters
}
