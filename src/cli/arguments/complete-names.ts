import type { Limits } from '../../limits.ts'
import { chosenStateDict } from '../../model/select.ts'
import { isUrl } from '../../source/http-url.ts'
import type { Command, Library } from '../command.ts'
import type { Flag } from './flag.ts'
import { flags } from './flags.ts'

/** What is offered at once. A shell asks whether to show more than a hundred. */
const mostOffered = 200

/** Of a file that takes longer to read than a person waits for a key, nothing is offered. */
const quickLimits: Partial<Limits> = {
  headerBytes: 16_000_000,
  jsonBytes: 4_000_000,
  indexBytes: 16_000_000,
  tensors: 200_000,
  checkpointTensors: 200_000,
  shards: 200,
  folderFiles: 1_000,
  pickleBytes: 8_000_000,
  pickleOpcodes: 1_000_000,
  zipEntries: 20_000,
}

/** What is asked: `tensors` or `state-dicts`, by what is typed and the words before it, as the shell has them. */
interface Question {
  readonly what: string
  readonly typed: string
  readonly words: readonly string[]
  readonly home?: string | undefined
}

/**
 * Names of the checkpoint on a command line that begin with what is typed: paths of its state dicts, or names of tensors by
 * their next segment, `layers.0.` of all below it. Nothing is fetched for it. What a shell would read as more than a
 * word is not offered: names are text of a stranger on its way to a command line.
 */
export async function namesToComplete(
  { what, typed: quotedTyped, words, home }: Question,
  commands: readonly Command[],
  library: Pick<Library, 'openPaths'>,
): Promise<readonly string[]> {
  const typed = unquoted(quotedTyped)
  const line = lineOf(words.map(unquoted), commands)
  // Of two checkpoints, the state dict of the second is asked for.
  const named = line.last === flags.atB.long ? line.paths.at(-1) : line.paths[0]
  if (named === undefined || named === '-' || isUrl(named)) return []
  const path = home !== undefined && named.startsWith('~/') ? home + named.slice(1) : named
  try {
    for await (const opened of library.openPaths([path], { limits: quickLimits })) {
      if ('error' in opened) return []
      const { stateDicts } = opened.checkpoint
      if (what === 'state-dicts')
        return offered(
          stateDicts.map((stateDict) => stateDict.path),
          typed,
        )
      const stateDict = chosenStateDict(stateDicts, line.at)
      return what !== 'tensors' || stateDict === null
        ? []
        : offered(nextSegments(namesOf(stateDict.tensors), typed), typed)
    }
  } catch {
    // A state dict that is not there, a file that is none: nothing to offer, and no place to say so.
  }
  return []
}

/** The paths of a command line, the state dict it asks for, and its last word. */
function lineOf(
  words: readonly string[],
  commands: readonly Command[],
): { readonly paths: readonly string[]; readonly at: string | null; readonly last: string | undefined } {
  const paths: string[] = []
  let at: string | null = null
  const all: readonly Flag[] = Object.values(flags)
  const named = commands.some(({ name }) => name === words[0])
  for (let i = named ? 1 : 0; i < words.length; i++) {
    const word = words[i] as string
    const flag = all.find(({ long, short }) => word === long || word === short)
    if (flag?.value !== undefined) {
      if (flag.long === flags.at.long) at = words[i + 1] ?? null
      i++
    } else if (!word.startsWith('-') || word === '-') paths.push(word)
  }
  return { paths, at, last: words.at(-1) }
}

/** A word as a shell passes it on, without its quotes. */
function unquoted(word: string): string {
  return word.replaceAll(/\\(.)|['"]/g, '$1')
}

function* namesOf(tensors: Iterable<{ readonly name: string }>): Generator<string> {
  for (const { name } of tensors) yield name
}

/** Names to the end of the segment that follows what is typed. */
function* nextSegments(names: Iterable<string>, typed: string): Generator<string> {
  for (const name of names) {
    if (!name.startsWith(typed)) continue
    const dot = name.indexOf('.', typed.length)
    yield dot < 0 ? name : name.slice(0, dot + 1)
  }
}

/** Nothing that is more than a word to some shell, or something to the terminal. */
const plain = /^[A-Za-z0-9_][A-Za-z0-9_./+-]{0,400}$/

function offered(names: Iterable<string>, typed: string): readonly string[] {
  const found = new Set<string>()
  for (const name of names) {
    if (name.startsWith(typed) && plain.test(name)) found.add(name)
    if (found.size >= mostOffered) break
  }
  return [...found]
}
