import type { Rule } from '../rule.ts'

export const loraUntrained: Rule = {
  id: 'lora/untrained',
  level: 'warning',
  claim: 'No LoRA update is all zeros',
  why: 'The up half starts as zeros: where it still is, the adapter was never trained or the wrong one was saved.',
  case: 'All lora_B were zero after training (tloen/alpaca-lora #357, hiyouga/LLaMA-Factory #852).',
  fix: 'save the adapter that was trained, not a fresh one',
  needs: 'values',
}
