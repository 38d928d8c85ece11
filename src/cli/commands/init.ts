import type { LearntPolicy } from '../../check/policy/learn-policy.ts'
import { SdinspectError } from '../../errors.ts'
import { askedPath } from '../../model/origin.ts'
import type { Report } from '../../model/report.ts'
import { saying } from '../arguments/flags.ts'
import { type SaidFlag, saidBy } from '../arguments/said.ts'
import { type Call, command } from '../command.ts'
import { isThere } from '../files/is-there.ts'
import { filesOf } from '../output/show.ts'
import type { Talk } from '../output/talk.ts'

const defaultFile = 'sdinspect.yaml'

export const init = command({
  name: 'init',
  summary: 'write a policy learnt from a good checkpoint, with comments',
  operands: [{ name: '<path>', help: 'a checkpoint that is as it should be' }],
  flags: ['policyOutput', 'force', 'learnAnew', ...saying, 'limits'],
  views: {},
  examples: [
    ['models/good.safetensors', 'writes sdinspect.yaml, which check then finds'],
    ['models/good.safetensors -o policies/llama.yaml', 'under another name'],
    ['models/newer.safetensors --update', 'learns anew what was learnt, and keeps what you changed'],
  ],
  async run(call) {
    const { options, talk, output } = call
    const { report, accepted } = await knownGood(call)
    const [{ learnPolicy }, { policyYaml }, { pathFor }] = await Promise.all([
      import('../../check/policy/learn-policy.ts'),
      import('../../render/policy-yaml.ts'),
      import('../files/policy-file.ts'),
    ])
    const asked = options.policyOutput
    const file = asked === null || asked === '-' ? defaultFile : asked
    const learnt = {
      ...learnPolicy(report),
      accepted,
      path: pathFor(file, askedPath(report.path, report.origin)),
    }
    if (options.learnAnew) return updateFile(call, file, report, learnt)
    if (asked === '-') {
      await output.write(policyYaml(learnt))
      return 0
    }
    const { writeSideFile } = await import('../files/side-file.ts')
    if (asked !== null) {
      await writeSideFile('--output', file, filesOf(report), output, policyYaml(learnt))
      return 0
    }
    if (!options.force && (await isThere(defaultFile)))
      throw new SdinspectError('usage/arguments', `${defaultFile} is there already`, {
        hint: 'learn anew with --update, replace it with --force, or name another file with -o',
      })
    await writeSideFile('the policy', defaultFile, filesOf(report), output, policyYaml(learnt))
    await talk.note(`wrote ${defaultFile}; sdinspect check holds ${report.path} to it`)
    await tellTurnedOff(talk, accepted)
    return 0
  },
})

/** What a checkpoint is not held to any more is said, so that nobody turns off by a slip what finds a fault. */
async function tellTurnedOff(talk: Talk, rules: readonly string[]): Promise<void> {
  if (rules.length === 0) return
  await talk.note(
    `turned off, because this checkpoint breaks ${rules.length === 1 ? 'it' : 'them'}: ${rules.join(', ')}; take the ${rules.length === 1 ? 'line' : 'lines'} out of the policy where that is a fault`,
  )
}

/** Learns anew into the policy that is there. */
async function updateFile(
  { output, talk }: Call<'policyOutput'>,
  file: string,
  report: Report,
  learnt: LearntPolicy,
): Promise<0> {
  const [{ readPolicy }, { updatedPolicy }, { writeSideFile }, { readFile }, { chosenStateDict }] =
    await Promise.all([
      import('../files/policy-file.ts'),
      import('../files/updated-policy.ts'),
      import('../files/side-file.ts'),
      import('node:fs/promises'),
      import('../../model/select.ts'),
    ])
  if (!(await isThere(file)))
    throw new SdinspectError('usage/arguments', `there is no ${file} to update`, {
      hint: 'write one without --update',
    })
  // Its faults are told before anything is written.
  const policy = await readPolicy(file)
  const stateDict = chosenStateDict(report.stateDicts, policy?.document.policy.stateDict ?? null)
  const names = stateDict?.tensors.map(({ name }) => name) ?? []
  const { text, changed, kept } = updatedPolicy(await readFile(file, 'utf8'), learnt, names)
  if (changed.length > 0) await writeSideFile('the policy', file, filesOf(report), output, [text])
  const told = (all: readonly string[]) =>
    `${all.slice(0, 5).join(', ')}${all.length > 5 ? ` and ${all.length - 5} more` : ''}`
  await talk.note(
    changed.length === 0 ? `${file} is as it would be learnt` : `updated in ${file}: ${told(changed)}`,
  )
  await tellTurnedOff(
    talk,
    learnt.accepted.filter((rule) => changed.includes(`rules.${rule}`)),
  )
  if (kept.length > 0) await talk.note(`kept as you wrote it: ${told(kept)}`)
  return 0
}

/** What is found in a good checkpoint, which its policy lets be. */
interface KnownGood {
  readonly report: Report
  readonly accepted: readonly string[]
}

/** The one checkpoint to learn from. @throws SdinspectError */
async function knownGood({ library, operands, options }: Call<SaidFlag | 'limits'>): Promise<KnownGood> {
  const [{ inspectCheckpoint }, { checkCheckpoint }] = await Promise.all([
    import('../../inspect.ts'),
    import('../../check/run.ts'),
  ])
  const { limits } = options
  const said = await saidBy({ library, options })
  let checked: ReturnType<typeof checkCheckpoint> | null = null
  for await (const opened of library.openPaths(operands, {
    limits,
    remote: 'hub',
    smallValues: said.smallValues,
  })) {
    if ('error' in opened) throw opened.error
    if (checked !== null)
      throw new SdinspectError('usage/arguments', 'the path leads to several checkpoints', {
        hint: 'give the one to learn from',
      })
    const { checkpoint, path } = opened
    checked = checkCheckpoint(checkpoint, inspectCheckpoint(checkpoint, { path, limits, ...said }))
  }
  if (checked === null || checked.report === null)
    throw new SdinspectError('source/not-found', 'there is no checkpoint to learn from')
  const fault = checked.findings.find(({ level }) => level === 'error')
  if (fault !== undefined)
    throw new SdinspectError('format/malformed', `this is no good checkpoint: ${fault.message}`, {
      file: checked.path,
      hint: fault.fix ?? undefined,
    })
  const accepted = checked.findings.filter(({ level }) => level === 'warning').map(({ rule }) => rule)
  return { report: checked.report, accepted: [...new Set(accepted)] }
}
