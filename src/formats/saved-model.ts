/**
 * Whether a file begins as saved_model.pb does: its schema version, which is 1, and a MetaGraphDef, which begins with its
 * MetaInfoDef (tensorflow/core/protobuf/saved_model.proto, meta_graph.proto). A model of ONNX says its version in the same
 * field, and has a text in the second.
 */
export function beginsAsSavedModel(head: Uint8Array): boolean {
  if (head[0] !== 0x08 || head[1] !== 0x01 || head[2] !== 0x12) return false
  let at = 3
  while ((head[at] ?? 0) > 0x7f) at++
  return head[at + 1] === 0x0a
}
