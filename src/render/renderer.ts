import type { Sorting } from '../model/modules/sorted.ts'
import type { Results } from './results.ts'
import type { Workspace } from './workspace.ts'

/** How text should look where it goes. */
export interface Look {
  /** 0 none, 1 the 16 colours, 2 256 colours, 3 true colour. */
  readonly color: 0 | 1 | 2 | 3
  /** Cells a line may take; null where nothing is cut. */
  readonly columns: number | null
  readonly ascii: boolean
  /** Whether a person is looking. */
  readonly interactive: boolean
}

/** What a person asked of how things are shown. */
export interface ViewOptions {
  /** Levels of modules; null: what fits. */
  readonly depth: number | null
  /** Whether repeated blocks are shown as one. */
  readonly fold: boolean
  /** Path of the state dict asked for; null: the main one. */
  readonly at: string | null
  readonly showSuppressed: boolean
  /** What comes first; absent or null: as the file has it, or by name. */
  readonly sort?: Sorting | undefined
  /** Whether lists are shown to their end. */
  readonly all?: boolean | undefined
  /** Whether what a model takes in memory is told too. */
  readonly memory?: boolean | undefined
  /** What a command that is printed begins with; absent: its name. */
  readonly calledAs?: string | undefined
  /** Where CI has its files; absent elsewhere. */
  readonly workspace?: Workspace | undefined
  /** Of digests: those of tensors in place of that of all. */
  readonly tensors: boolean
  /** Of digests: that of contents without names. */
  readonly contents: boolean
}

/** Where a view goes, and what is asked of it. */
export interface Showing {
  readonly look: Look
  readonly options: ViewOptions
}

/** How one sort of result is shown in one format. */
export type View<Result> =
  | {
      /** One JSON document in all. */
      readonly as: 'document'
      document(result: Result): object
    }
  | {
      /** One JSON record a line. */
      readonly as: 'records'
      /** Of values: it has a line for what was read, and none for what was not. */
      readonly hidesUnread?: true
      records(result: Result): Iterable<unknown>
    }
  | {
      readonly as: 'text'
      /** What comes before the first result. */
      head?(several: boolean): string
      /** What comes before several results, of all of them. `areParts`: they were found at one path. */
      overview?(results: readonly Result[], areParts: boolean): Iterable<string>
      /** What comes between two. */
      readonly gap: string
      /** For people: it shows one state dict and says which others there are, and nothing of an empty selection. */
      readonly forPeople?: boolean
      /** As of records. */
      readonly hidesUnread?: true
      /** Pieces of text, with their line ends. */
      text(result: Result, several: boolean): Iterable<string>
    }

/** The views of one sort of result, by format. What a view needs it loads when it is asked for. */
export type Views<Result> = Readonly<Record<string, (showing: Showing) => Promise<View<Result>>>>

/** One format that results are shown in. Register it in `renderers.ts`. */
export interface Renderer {
  /** The value of `--format`, and of `--report` where it shows `check`. */
  readonly format: string
  /** By the name of the result. */
  readonly views: {
    readonly [Name in keyof Results]?: (showing: Showing) => Promise<View<Results[Name]>>
  }
}
