import type { Rule } from '../rule.ts'

/** Endings that promise a format, and the ids of the formats that keep the promise. */
const promises: readonly (readonly [ending: string, formats: readonly string[], title: string])[] = [
  ['.safetensors', ['safetensors', 'mixed'], 'safetensors'],
  ['.pt', ['torch'], 'a file of torch.save'],
  ['.pth', ['torch'], 'a file of torch.save'],
  ['.ckpt', ['torch'], 'a file of torch.save'],
]

export const fileExtension: Rule = {
  id: 'file/extension',
  level: 'warning',
  claim: 'The ending of the file says what is in it',
  why: 'Loaders choose by the ending. A pickle called .safetensors is refused by some and run by those that look inside; a safetensors file called .pt cannot be loaded with torch.load.',
  case: 'Scanners that choose by the ending let a pickle under another name pass.',
  fix: 'rename the file for what it is',

  *check({ report }) {
    for (const { name, role } of report.files) {
      if (role !== 'weights') continue
      const promise = promises.find(([ending]) => name.toLowerCase().endsWith(ending))
      if (promise === undefined || promise[1].some((format) => isOfFamily(report.format, format))) continue
      yield { message: `the file ends like ${promise[2]}, and holds ${report.format}`, file: name }
    }
  },
}

/** `torch-legacy` and `torchscript` are what torch writes too. */
function isOfFamily(format: string, family: string): boolean {
  return format === family || (family === 'torch' && format.startsWith('torch'))
}
