/** Endings of what Paddle saves, of a model and of an optimizer. */
export const paddleEndings: readonly string[] = ['.pdparams', '.pdopt']
