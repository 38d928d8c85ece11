import { quoted, SdinspectError } from '../errors.ts'

/** A character, `*`, `?`, or a class of characters. */
type Token =
  | { readonly kind: 'char'; readonly char: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'one' }
  | {
      readonly kind: 'class'
      readonly negated: boolean
      readonly ranges: readonly (readonly [string, string])[]
    }

/** Patterns that braces may unfold to. */
const alternativesLimit = 1_000

/** Whether a path has any of the characters that make it a pattern. */
export function isGlob(path: string): boolean {
  return [...'*?[{'].some((char) => path.includes(char))
}

/**
 * The patterns without braces that `{a,b}` stands for. Braces nest; one that is not closed stands for itself.
 *
 * @throws SdinspectError `usage/pattern` when there are more than 1,000
 */
export function unfoldBraces(pattern: string): readonly string[] {
  const done: string[] = []
  const open = [pattern]
  while (open.length > 0) {
    const next = open.pop() as string
    const braces = firstBraces(next)
    if (braces === undefined) done.push(next)
    else {
      const [before, after] = [next.slice(0, braces.begin), next.slice(braces.end + 1)]
      for (const option of braces.options.reverse()) open.push(before + option + after)
    }
    if (done.length + open.length > alternativesLimit) {
      throw new SdinspectError(
        'usage/pattern',
        `the file pattern ${quoted(pattern)} stands for more than ${alternativesLimit} patterns`,
      )
    }
  }
  return done
}

function firstBraces(pattern: string): { begin: number; end: number; options: string[] } | undefined {
  const begin = pattern.indexOf('{')
  if (begin < 0) return undefined
  let depth = 0
  let optionBegin = begin + 1
  const options: string[] = []
  for (let at = begin; at < pattern.length; at++) {
    const char = pattern[at]
    if (char === '{') depth++
    const closes = char === '}' && --depth === 0
    if (closes || (char === ',' && depth === 1)) {
      options.push(pattern.slice(optionBegin, at))
      optionBegin = at + 1
    }
    if (closes) return { begin, end: at, options }
  }
  return undefined
}

/**
 * A matcher of one name against one part of a pattern: `*`, `?`, `[a-z]`, `[!a-z]`. A name that starts with a
 * dot fits only a pattern that does. Time is at most the product of the two lengths.
 */
export function nameMatcher(part: string): (name: string) => boolean {
  const tokens = tokensOf(part)
  return (name) => (!name.startsWith('.') || part.startsWith('.')) && fits(tokens, [...name])
}

function tokensOf(part: string): readonly Token[] {
  const chars = [...part]
  const tokens: Token[] = []
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] as string
    if (char === '*') tokens.push({ kind: 'any' })
    else if (char === '?') tokens.push({ kind: 'one' })
    else {
      const end = char === '[' ? classEnd(chars, at) : -1
      if (end < 0) tokens.push({ kind: 'char', char })
      else {
        tokens.push(classOf(chars.slice(at + 1, end)))
        at = end
      }
    }
  }
  return tokens
}

/** The index of the `]` that closes a class, or -1. One right after `[` or `[!` is a member. */
function classEnd(chars: readonly string[], begin: number): number {
  const first = chars[begin + 1] === '!' || chars[begin + 1] === '^' ? begin + 2 : begin + 1
  return chars.indexOf(']', first + 1)
}

function classOf(members: readonly string[]): Token {
  const negated = members[0] === '!' || members[0] === '^'
  const ranges: [string, string][] = []
  for (let at = negated ? 1 : 0; at < members.length; at++) {
    const low = members[at] as string
    if (members[at + 1] === '-' && at + 2 < members.length) {
      ranges.push([low, members[at + 2] as string])
      at += 2
    } else ranges.push([low, low])
  }
  return { kind: 'class', negated, ranges }
}

/** Matches with one point to come back to, the last `*`: an earlier one need never take more. */
function fits(tokens: readonly Token[], name: readonly string[]): boolean {
  let token = 0
  let at = 0
  let star = -1
  let starAt = 0
  while (at < name.length) {
    const next = tokens[token]
    if (next?.kind === 'any') {
      star = token++
      starAt = at
    } else if (next !== undefined && fitsOne(next, name[at] as string)) {
      token++
      at++
    } else if (star >= 0) {
      token = star + 1
      at = ++starAt
    } else return false
  }
  while (tokens[token]?.kind === 'any') token++
  return token === tokens.length
}

function fitsOne(token: Token, char: string): boolean {
  if (token.kind === 'char') return token.char === char
  if (token.kind !== 'class') return true
  return token.ranges.some(([low, high]) => low <= char && char <= high) !== token.negated
}
