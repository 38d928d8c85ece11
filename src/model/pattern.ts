/** Whether a dotted name fits a pattern. */
export type Matcher = (name: string) => boolean
