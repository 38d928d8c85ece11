/** `[3072, 768]`, as torch writes it. */
export const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`
