import type { Rule } from '../rule.ts'

export const torchModuleAttributes: Rule = {
  id: 'torch/module-attributes',
  level: 'info',
  claim: 'Every tensor of a pickled module is a parameter or a buffer',
  why: 'A plain attribute is saved with a whole module and is in no state dict: it is lost when only state_dict() is saved, and it stays where it is when the module moves to a device.',
  case: 'The strides and anchors of YOLO heads, which are plain tensors of their modules (ultralytics/yolov5).',
  fix: 'register the tensor with register_buffer',
}
