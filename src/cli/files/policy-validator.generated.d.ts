/** One thing that does not fit, as ajv says it. */
export interface PolicyError {
  /** JSON pointer to the value. */
  readonly instancePath: string
  /** JSON pointer into the definition that was not met. */
  readonly schemaPath: string
  readonly keyword: string
  readonly params: Readonly<Record<string, unknown>>
  /** The part of the schema that was not met. */
  readonly parentSchema: { readonly title?: string; readonly properties?: object }
}

export const validate: {
  (value: unknown): boolean
  readonly errors?: readonly PolicyError[] | null
}
