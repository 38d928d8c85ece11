import { expect, test } from 'vitest'
import { confusionsOf, emptyClassScore, scoreClasses } from '../scripts/accuracy/classes.ts'
import { emptyScore, scoreModel } from '../scripts/accuracy/score.ts'
import { readTruth, type View } from '../scripts/accuracy/truth.ts'
import { inspectCheckpoint } from '../src/inspect.ts'

// Models that no library has, of kinds that break rules: fixtures/generate/kinds.py asked torch what is true of each.
const models = [...readTruth('fixtures/kinds')]

test.each(['dropped', 'kept', 'ordered'] as View[])(
  'of models of odd kinds nothing that is said to be known is wrong, shown as %s',
  async (view) => {
    const score = emptyScore()
    const classes = emptyClassScore()
    for (const model of models)
      await scoreModel(
        model,
        view,
        (checkpoint) => {
          const report = inspectCheckpoint(checkpoint, { path: model.model })
          scoreClasses(model, report, [classes])
          return report
        },
        [score],
      )
    expect(score.models).toBeGreaterThan(85)
    expect(score.misses.filter(({ level }) => level !== 'assumed')).toEqual([])
    // Enough is known for that to say something.
    expect(score.kind.recognised.entries).toBeGreaterThan(700)
    expect(confusionsOf(classes).filter(({ printed }) => !printed.includes('|'))).toEqual([])
    expect(classes.plain.right).toBeGreaterThan(200)
  },
)
