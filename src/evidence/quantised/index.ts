import type { Subject } from '../source.ts'
import { awq } from './awq.ts'
import { bitsandbytes } from './bitsandbytes.ts'
import { bitnet, gemma, higgs } from './byte-packed.ts'
import { aqlm, lattices } from './codebooks.ts'
import { compressedTensors, sparseTensors } from './compressed-tensors.ts'
import { fp8, int8 } from './eight-bit.ts'
import { fp4, fpQuant, mxfp4Blocks } from './fp4.ts'
import { gptq } from './gptq.ts'
import { hqq } from './hqq.ts'
import { marlin } from './marlin.ts'
import { mlx } from './mlx.ts'
import { nunchaku } from './nunchaku.ts'
import type { PackedLayout } from './packed.ts'
import { quanto } from './quanto.ts'
import { quark } from './quark.ts'
import { torchaoLayout } from './torchao.ts'
import { unknownLayout } from './unknown.ts'

/** Every layout of packed weights, the specific before the general: a tensor belongs to the first that takes it. */
export function packedLayouts(subject: Subject): readonly PackedLayout[] {
  return [
    nunchaku,
    bitsandbytes,
    quanto,
    torchaoLayout(subject),
    fpQuant,
    gptq,
    awq,
    marlin,
    sparseTensors,
    compressedTensors,
    mxfp4Blocks,
    fp4,
    bitnet,
    gemma,
    higgs,
    quark,
    mlx,
    fp8,
    int8,
    hqq,
    aqlm,
    lattices,
    unknownLayout,
  ]
}
