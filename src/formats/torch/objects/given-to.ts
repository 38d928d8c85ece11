/** An optimizer, or a list of averages, is taken for that of the only model in the innermost wrapper that holds both. */
export function isGivenTo<T extends { readonly path: string }>(
  { path }: { readonly path: string },
  model: T,
  models: readonly T[],
): boolean {
  const scopes = models.map((one) => sharedScope(path, one.path))
  const innermost = scopes.reduce((most, scope) => Math.max(most, scope), 0)
  const inside = models.filter((_, i) => scopes[i] === innermost)
  return inside.length === 1 && inside[0] === model
}

/** How long the path of the innermost wrapper is that `path` is in and that `other` is or is in: paths may be as long as keys. */
function sharedScope(path: string, other: string): number {
  let scope = 0
  for (let at = 0; at < path.length; at++) {
    const isEnd = at === other.length || other[at] === '.'
    if (path[at] === '.' && isEnd) scope = at
    if (path[at] !== other[at]) break
  }
  return scope
}
