import type { CheckReport } from '../../check/check-report.ts'
import { json } from '../json-text.ts'

/** Flat numbers, as `dvc metrics` and `mlflow.log_metrics` take them. */
export function* metrics({ summary, checkpoints, status }: CheckReport): Generator<string> {
  const { errors, warnings, infos, suppressed, skipped, coverage } = summary
  yield* json({
    passed: status === 'pass' ? 1 : 0,
    errors,
    warnings,
    infos,
    suppressed,
    rules_skipped: skipped,
    rules: coverage.rules,
    checkpoints: coverage.checkpoints,
    unreadable: coverage.unreadable,
    tensors: coverage.tensors,
    parameters: checkpoints.reduce((sum, { parameters }) => sum + parameters, 0),
    bytes: coverage.bytes,
  })
}
