/** Whether the start of a file is that of one format. */
export type Signature = (head: Uint8Array) => boolean

/** Whether `head` has these bytes at `offset`. Text is Latin-1. */
export function has(what: string | readonly number[], offset = 0): Signature {
  const bytes = typeof what === 'string' ? [...what].map((letter) => letter.charCodeAt(0)) : what
  return (head) => bytes.every((byte, index) => head[offset + index] === byte)
}

/** Whether `head` is text that begins with one of `beginnings`, white space and case aside. */
export function begins(...beginnings: string[]): Signature {
  return (head) => {
    const text = new TextDecoder('latin1')
      .decode(head)
      .replace(/^\u00ef\u00bb\u00bf/, '')
      .trimStart()
      .toLowerCase()
    return beginnings.some((beginning) => text.startsWith(beginning))
  }
}

/** Whether the text `needle` is anywhere in `head` from `offset` on. */
export function contains(needle: string, offset = 0): Signature {
  return (head) => new TextDecoder('latin1').decode(head.subarray(offset)).includes(needle)
}

export function allOf(...signatures: readonly Signature[]): Signature {
  return (head) => signatures.every((matches) => matches(head))
}

export function anyOf(...signatures: readonly Signature[]): Signature {
  return (head) => signatures.some((matches) => matches(head))
}
