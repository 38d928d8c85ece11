import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { CheckedCheckpoint } from '../../check/run.ts'

/** Names of files that stand beside weights and belong to them, and of weights. A report of an earlier run is none. */
const sideFile =
  /(?:^|[/\\])(?:[\w.-]*(?:config|tokenizer|tokens|vocab|merges|index|template|modules)[\w.-]*\.(?:json|txt|jinja|model)|[\w.-]+\.(?:model|py|safetensors|bin|pt|pth|ckpt)|README\.md)$/i

/** Whether a file is one that no answer may replace though nobody read it. */
export function isSideFile(path: string): boolean {
  return sideFile.test(path)
}

/** Of what could not be read: the file, and those that stand beside it and may be of the same checkpoint. */
export async function refusedFiles(checked: readonly CheckedCheckpoint[]): Promise<readonly string[]> {
  const files = new Set<string>()
  for (const { path, report, error, cause } of checked) {
    if (report !== null) continue
    for (const file of [path, (cause ?? error)?.file ?? path]) {
      files.add(file)
      for (const folder of [file, dirname(file)])
        for (const name of await readdir(folder).catch(() => []))
          if (isSideFile(name)) files.add(join(folder, name))
    }
  }
  return [...files]
}
