import type { MetadataType } from './expectations.ts'

/** What a text of each type looks like: a test that is linear in the text, and how to say it. */
const types: Readonly<Record<MetadataType, { readonly title: string; fits(text: string): boolean }>> = {
  text: { title: 'a text', fits: (text) => text.trim() !== '' },
  integer: { title: 'an integer', fits: (text) => /^-?\d{1,30}$/.test(text) },
  url: { title: 'an http or https address', fits: (text) => /^https?:\/\/[^\s/]+\S*$/.test(text) },
  semver: {
    title: 'a version: 1.2.3',
    fits: (text) => /^\d{1,15}\.\d{1,15}\.\d{1,15}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/.test(text),
  },
  sha256: { title: 'a SHA-256 of 64 hexadecimal digits', fits: (text) => /^[0-9a-fA-F]{64}$/.test(text) },
  rfc3339: {
    title: 'a date and time: 2027-06-30T12:00:00Z',
    fits: (text) =>
      /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,20})?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text) &&
      !Number.isNaN(Date.parse(text.replace(' ', 'T'))),
  },
  spdx: {
    // Whether each licence exists is not looked at: the list grows with every version of SPDX.
    title: 'an SPDX expression: Apache-2.0',
    fits: (text) => /^\(*[A-Za-z0-9.+-]+\)*(?: (?:AND|OR|WITH) \(*[A-Za-z0-9.+-]+\)*)*$/.test(text),
  },
  email: { title: 'an e-mail address', fits: (text) => /^[^\s@]+@[^\s@]+$/.test(text) },
}

/** How an error says what was expected. */
export function metadataTypeTitle(type: MetadataType): string {
  return types[type].title
}

export function isOfMetadataType(text: string, type: MetadataType): boolean {
  return text.length <= 10_000 && types[type].fits(text)
}
