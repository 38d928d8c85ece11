/**
 * A name with its numbers in segments of their own, as most libraries write them: `encoder_layer_0` and `h0` are blocks
 * like `layers.0`, and TensorFlow separates by slashes. The last two segments stay: `conv1.weight` is no list.
 */
export function structuralName(name: string): string {
  if (name.length > 1_000) return name
  const dotted = name.includes('/') && !name.includes('.') ? name.replaceAll('/', '.') : name
  if (!/[A-Za-z]_?\d+\./.test(dotted)) return dotted
  const segments = dotted.split('.')
  const end = segments.length - 2
  return segments
    .map((segment, at) =>
      at < end ? segment.replace(/^([A-Za-z][A-Za-z_]*?)_?(0|[1-9]\d*)$/, '$1.$2') : segment,
    )
    .join('.')
}
