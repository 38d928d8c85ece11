/** The last part of a path, of any operating system: `model.safetensors` of `a/b/model.safetensors`. */
export function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
}
