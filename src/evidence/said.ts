import { finding } from '../findings/finding.ts'
import type { Statement } from '../model/statements.ts'
import type { Answer, Kind, Trainable } from '../model/verdict.ts'
import type { EvidenceSource } from './source.ts'

const source = 'said'

/**
 * What the user says of the model, on the command line or in a policy. That a pattern names what trains is said of the
 * parameters among what fits, so it is taken up when all kinds are known: `saidToTrain`.
 */
export const said: EvidenceSource = {
  id: source,
  title: 'The user says so',
  collect({ stateDict, said: { statements } }, claims) {
    if (statements.length === 0) return
    const kinds = kindAnswers(statements)
    const fitted = new Set<Statement>()
    stateDict.tensors.forEach(({ name }, index) => {
      let kind: Answer<Kind> | undefined
      let training: Statement | undefined
      for (const statement of statements) {
        if (!statement.matches(name)) continue
        fitted.add(statement)
        const answer = kinds.get(statement)
        if (answer === undefined) training = statement
        else kind = answer
      }
      if (kind !== undefined) claims.kind(index, kind)
      if (training?.says === 'frozen') claims.trainable(index, trainableAnswer(training))
    })
    if (stateDict.role !== 'model') return
    for (const statement of statements)
      if (statement.mustFit && !fitted.has(statement))
        claims.finding(finding('evidence/said-fits-nothing', { by: statement.by }))
  },
}

const trainables = new WeakMap<Statement, Answer<Trainable>>()

/** The answer that a statement about training is, one object for all tensors. */
export function trainableAnswer(statement: Statement): Answer<Trainable> {
  let answer = trainables.get(statement)
  if (answer === undefined) {
    answer = {
      answer: statement.says === 'frozen' ? 'no' : 'yes',
      level: 'declared',
      reason: `by you: ${statement.by}`,
      source,
    }
    trainables.set(statement, answer)
  }
  return answer
}

function kindAnswers(statements: readonly Statement[]): ReadonlyMap<Statement, Answer<Kind>> {
  const answers = new Map<Statement, Answer<Kind>>()
  for (const statement of statements) {
    const { says, by } = statement
    if (says === 'buffer' || says === 'parameter')
      answers.set(statement, { answer: says, level: 'declared', reason: `by you: ${by}`, source })
  }
  return answers
}
