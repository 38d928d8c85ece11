import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'

const text = readFileSync(new URL('../../schema/report.v1.json', import.meta.url), 'utf8')

export const publishedSchema = JSON.parse(text) as Node
export const publishedText = text

type Node = { [key: string]: unknown }

/**
 * The published schema with every object closed, so that a field nobody has documented fails. Readers get the open
 * one: new fields may come.
 */
export function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed)
  if (typeof value !== 'object' || value === null) return value
  const node = Object.fromEntries(Object.entries(value).map(([key, child]) => [key, closed(child)]))
  if (node.type === 'object' && 'properties' in node && !('additionalProperties' in node))
    node.additionalProperties = false
  return node
}

/** What is wrong with `value` as an answer of the kind `definition` (`report`, `list`, …); null when nothing is. */
export function schemaErrors(value: unknown, definition: string): string | null {
  const validate = ajv.getSchema(`${(publishedSchema as { $id: string }).$id}#/$defs/${definition}`)
  if (validate === undefined) throw new Error(`the schema has no ${definition}`)
  return validate(value) === true ? null : ajv.errorsText(validate.errors)
}

/** What is wrong with `value` as any answer at all. */
export function anySchemaErrors(value: unknown): string | null {
  const validate = ajv.getSchema((publishedSchema as { $id: string }).$id)
  if (validate === undefined) throw new Error('the schema was not added')
  return validate(value) === true ? null : ajv.errorsText(validate.errors)
}

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
ajv.addSchema(closed(publishedSchema) as object)
