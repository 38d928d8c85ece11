/** The least run of elements that is stored as whole bytes: one element, but for types of less than a byte. */
export interface Block {
  readonly elements: number
  readonly bytes: number
}

/** An element type. `bits` is per logical element; `requiresGrad` is whether torch lets such a tensor require grad. */
export interface DTypeInfo {
  readonly bits: number
  readonly block: Block
  /** Floating or complex: the only types that can require grad (torch raises for all others). */
  readonly requiresGrad: boolean
  /** torch's name, without `torch.`, where torch has the type. */
  readonly torch: string | null
}

const type = (bits: number, requiresGrad: boolean, torch: string | null): DTypeInfo => ({
  bits,
  block: blockOf(bits),
  requiresGrad,
  torch,
})

/** A quantised type of ggml: `elements` weights and their scales in `bytes`. That it is floats, its scales say. */
const packed = (elements: number, bytes: number): DTypeInfo => ({
  bits: (bytes * 8) / elements,
  block: { elements, bytes },
  requiresGrad: true,
  torch: null,
})

function blockOf(bits: number): Block {
  let elements = 1
  while ((elements * bits) % 8 !== 0) elements++
  return { elements, bytes: (elements * bits) / 8 }
}

/**
 * Every element type of the formats sdinspect reads. The first 22 are safetensors' own names, in the order
 * of its `Dtype` enum (safetensors/src/tensor.rs), which is also the order its writer sorts by, descending.
 */
export const dtypes = {
  BOOL: type(8, false, 'bool'),
  F4: type(4, true, 'float4_e2m1fn_x2'),
  F6_E2M3: type(6, true, null),
  F6_E3M2: type(6, true, null),
  U8: type(8, false, 'uint8'),
  I8: type(8, false, 'int8'),
  F8_E5M2: type(8, true, 'float8_e5m2'),
  F8_E4M3: type(8, true, 'float8_e4m3fn'),
  F8_E8M0: type(8, true, 'float8_e8m0fnu'),
  F8_E4M3FNUZ: type(8, true, 'float8_e4m3fnuz'),
  F8_E5M2FNUZ: type(8, true, 'float8_e5m2fnuz'),
  I16: type(16, false, 'int16'),
  U16: type(16, false, 'uint16'),
  F16: type(16, true, 'float16'),
  BF16: type(16, true, 'bfloat16'),
  I32: type(32, false, 'int32'),
  U32: type(32, false, 'uint32'),
  F32: type(32, true, 'float32'),
  C64: type(64, true, 'complex64'),
  F64: type(64, true, 'float64'),
  I64: type(64, false, 'int64'),
  U64: type(64, false, 'uint64'),
  // torch has these and safetensors does not.
  C32: type(32, true, 'complex32'),
  C128: type(128, true, 'complex128'),
  QI8: type(8, false, 'qint8'),
  QU8: type(8, false, 'quint8'),
  QI32: type(32, false, 'qint32'),
  QU4X2: type(4, false, 'quint4x2'),
  QU2X4: type(2, false, 'quint2x4'),
  BITS8: type(8, false, 'bits8'),
  BITS16: type(16, false, 'bits16'),
  BITS1X8: type(8, false, 'bits1x8'),
  BITS2X4: type(8, false, 'bits2x4'),
  BITS4X2: type(8, false, 'bits4x2'),
  // ONNX packs these, the first element in the low bits (onnx.proto).
  I4: type(4, false, null),
  U4: type(4, false, null),
  I2: type(2, false, null),
  U2: type(2, false, null),
  // ggml's, by its names: elements and bytes of a block (ggml/src/ggml-common.h, its static assertions).
  Q4_0: packed(32, 18),
  Q4_1: packed(32, 20),
  Q5_0: packed(32, 22),
  Q5_1: packed(32, 24),
  Q8_0: packed(32, 34),
  Q8_1: packed(32, 36),
  Q2_K: packed(256, 84),
  Q3_K: packed(256, 110),
  Q4_K: packed(256, 144),
  Q5_K: packed(256, 176),
  Q6_K: packed(256, 210),
  Q8_K: packed(256, 292),
  IQ2_XXS: packed(256, 66),
  IQ2_XS: packed(256, 74),
  IQ3_XXS: packed(256, 98),
  IQ1_S: packed(256, 50),
  IQ4_NL: packed(32, 18),
  IQ3_S: packed(256, 110),
  IQ2_S: packed(256, 82),
  IQ4_XS: packed(256, 136),
  IQ1_M: packed(256, 56),
  Q4_0_4_4: packed(32, 18),
  Q4_0_4_8: packed(32, 18),
  Q4_0_8_8: packed(32, 18),
  TQ1_0: packed(256, 54),
  TQ2_0: packed(256, 66),
  MXFP4: packed(32, 17),
  NVFP4: packed(64, 36),
  Q1_0: packed(128, 18),
  Q2_0: packed(64, 18),
} as const satisfies Record<string, DTypeInfo>

export type DType = keyof typeof dtypes

export function isDType(name: string): name is DType {
  return Object.hasOwn(dtypes, name)
}

/** Whether an element is a real and an imaginary part. */
export function isComplex(dtype: DType): boolean {
  return dtype === 'C32' || dtype === 'C64' || dtype === 'C128'
}

/** The types safetensors has, in the order of its enum. */
export const safetensorsDTypes: readonly DType[] = (Object.keys(dtypes) as DType[]).slice(0, 22)

const byTorchName = new Map(Object.entries(dtypes).map(([name, info]) => [info.torch, name as DType]))

/** `float32` or `torch.float32` to `F32`; undefined for what is not torch's name of a type. */
export function dtypeOfTorch(name: string): DType | undefined {
  return byTorchName.get(name.startsWith('torch.') ? name.slice(6) : name)
}
