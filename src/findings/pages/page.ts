/** What explains one kind of finding: `explain`, docs/rules.md and SARIF show it. Sentences without a full stop at the end of claim and fix. */
export interface Page {
  /** What is true of a checkpoint without this finding. */
  readonly claim: string
  readonly why: string
  /** Something that happened. */
  readonly case: string
  /** What to do, where the finding itself does not say it better. */
  readonly fix: string
}

/** A page for each entry of an area of the catalogue, and no other. */
export type Pages<Area> = { readonly [Id in keyof Area]: Page }
