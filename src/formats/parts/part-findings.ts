import { finding } from '../../findings/finding.ts'
import type { Checkpoint } from '../../model/checkpoint.ts'
import type { Finding } from '../../model/finding.ts'
import type { PartList } from './part-list.ts'

/** What is in the folders below the one that lists the parts. */
export interface PartFolders {
  /** Whether the folder of a part is there. */
  isThere(folder: string): boolean
  /** Files of the folder that each stand for weights. */
  weightsIn(folder: string): readonly string[]
}

/** What is to be said of a list of parts, as a checkpoint that has nothing but findings; null where all is there. */
export function partsCheckpoint(list: PartList, folders: PartFolders): Checkpoint | null {
  const findings = partFindings(list, folders)
  if (findings.length === 0) return null
  return {
    format: list.writer,
    producer: null,
    files: [{ name: list.name, bytes: list.bytes, role: 'config' }],
    metadata: new Map(),
    side: {},
    stateDicts: [],
    findings,
  }
}

/** What a list of parts promises and the folder does not have. */
function partFindings({ name, writer, parts, code }: PartList, folders: PartFolders): Finding[] {
  const findings: Finding[] =
    code.length === 0
      ? []
      : [finding('security/model-code', { what: 'unasked', names: code, library: writer }, { file: name })]
  const tell = (lost: typeof parts, what: 'folder' | 'weights'): void => {
    const [first] = lost
    if (first === undefined) return
    const shown = lost.map((part) => part.name)
    findings.push(
      finding(
        'parts/missing',
        { parts: shown, of: parts.length, what, writer },
        { file: name, key: first.folder },
      ),
    )
  }
  const gone = parts.filter(({ needs, folder }) => needs !== 'nothing' && !folders.isThere(folder))
  tell(gone, 'folder')
  const empty = parts.filter(
    (part) => part.needs === 'weights' && !gone.includes(part) && folders.weightsIn(part.folder).length === 0,
  )
  tell(empty, 'weights')
  const onlyVariants = parts.filter(({ needs, folder }) => {
    const weights = folders.weightsIn(folder)
    return needs === 'weights' && writer === 'diffusers' && weights.length > 0 && weights.every(isVariant)
  })
  const [first] = onlyVariants
  if (first !== undefined) {
    const variants = new Set(onlyVariants.flatMap(({ folder }) => folders.weightsIn(folder).map(variantOf)))
    findings.push(
      finding(
        'parts/only-variant',
        { parts: onlyVariants.map((part) => part.name), variants: [...variants] },
        { file: name, key: first.folder },
      ),
    )
  }
  return findings
}

/** `fp16` of `diffusion_pytorch_model.fp16.safetensors`, `model.fp16-00001-of-00002.bin` and the indexes of such. */
function variantOf(name: string): string {
  const own = new Set(['safetensors', 'bin', 'index', 'json'])
  const segments = name.split('.').slice(1)
  return (
    segments.map((segment) => segment.replace(/-\d+-of-\d+$/, '')).find((segment) => !own.has(segment)) ?? ''
  )
}

function isVariant(name: string): boolean {
  return variantOf(name) !== ''
}
