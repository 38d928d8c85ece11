import fc from 'fast-check'

/** Any Unicode text. fast-check's own builds a table of a million characters first, which takes two seconds. */
export function anyText(maxLength?: number): fc.Arbitrary<string> {
  const character = fc
    .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
    .map((code) => String.fromCodePoint(code))
  return fc.array(character, maxLength === undefined ? {} : { maxLength }).map((all) => all.join(''))
}
