import { defaultLimits } from '../../limits.ts'
import type { Command } from '../command.ts'
import type { Flag } from './flag.ts'
import { flags } from './flags.ts'

export type Shell = 'bash' | 'zsh' | 'fish' | 'pwsh'

/** A command, and the ids that an operand or a flag of it may take. */
interface Completed extends Command {
  readonly rules: readonly string[]
}

/** The completion script of a shell, made from the table of commands and the ids of the rules. */
export function completionScript(
  shell: Shell,
  commands: readonly Command[],
  rules: readonly string[],
): string {
  return scripts[shell](commands.map((command) => ({ ...command, rules })))
}

/** A flag as one command has it: with the values it takes there. */
interface CommandFlag {
  readonly names: readonly string[]
  readonly takesValue: boolean
  readonly values: readonly string[]
  /** What of the checkpoint on the command line its value is, which sdinspect is asked for. */
  readonly asks?: Asked | undefined
  readonly help: string
}

type Asked = 'tensors' | 'state-dicts'

const asked = (completes: Flag['completes']): Asked | undefined =>
  completes === 'tensors' || completes === 'state-dicts' ? completes : undefined

function flagsOf(command: Completed): CommandFlag[] {
  const own = command.flags.map((name): CommandFlag => {
    const flag: Flag = flags[name]
    const words =
      flag.completes === 'rules'
        ? command.rules
        : flag.completes === 'limits'
          ? Object.keys(defaultLimits).map((limit) => `${limit}=`)
          : (flag.choices ?? [])
    const values = name === 'format' ? Object.keys(command.views) : words
    const names = flag.short === undefined ? [flag.long] : [flag.short, flag.long]
    const asks = asked(flag.completes)
    return { names, takesValue: flag.value !== undefined, values, asks, help: flag.help }
  })
  return [...own, { names: ['-h', '--help'], takesValue: false, values: [], help: 'show help' }]
}

/** Words the operand of a command is one of; none where it is a path. */
function operandWords(command: Completed): readonly string[] {
  const [first] = command.operands
  return first?.completes === 'rules' ? command.rules : (first?.choices ?? [])
}

/** What of the checkpoint before it the second operand is. */
function secondOperand({ operands }: Completed): Asked | undefined {
  return asked(operands[1]?.completes)
}

/** Text in single quotes of a POSIX shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

const scripts: Record<Shell, (commands: readonly Completed[]) => string> = {
  bash: (commands) => {
    const names = commands.map(({ name }) => name).join(' ')
    const [first] = commands as readonly [Completed]
    const cases = commands.map((command) => {
      const all = flagsOf(command)
      const valued = all.filter(({ takesValue }) => takesValue)
      const listed = valued.filter(({ values }) => values.length > 0)
      const asking = valued.filter(({ asks }) => asks !== undefined)
      const open = valued.filter(({ values, asks }) => values.length === 0 && asks === undefined)
      return `    ${command.name})
      flags=${quoted(all.flatMap((flag) => flag.names).join(' '))}
      words=${quoted(operandWords(command).join(' '))}
      second=${quoted(secondOperand(command) ?? '')}
      case $previous in
${listed.map((flag) => `        ${flag.names.join('|')}) values=${quoted(flag.values.join(' '))} ;;\n`).join('')}${asking.map((flag) => `        ${flag.names.join('|')}) ask=${flag.asks} ;;\n`).join('')}${open.length === 0 ? '' : `        ${open.flatMap((flag) => flag.names).join('|')}) value=1 ;;\n`}      esac ;;
`
    })
    return `# bash completion for sdinspect
_sdinspect() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local command=${first.name} flags words values value second ask name i names=${quoted(names)}
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ " $names " == *" \${COMP_WORDS[i]} "* ]]; then command=\${COMP_WORDS[i]}; break; fi
    [[ \${COMP_WORDS[i]} == -* ]] || break
  done
  case $command in
${cases.join('')}  esac
  COMPREPLY=()
  if [[ -z $ask && -n $second && -e $previous && $current != -* ]]; then ask=$second; fi
  if [[ -n $ask ]]; then
    while IFS= read -r name; do
      COMPREPLY+=("$name")
      if [[ $name == *. ]]; then compopt -o nospace 2>/dev/null; fi
    done < <("\${COMP_WORDS[0]}" __complete "$ask" -- "$current" "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)
    return
  fi
  if [[ $values == *=* ]]; then compopt -o nospace 2>/dev/null; fi
  if [[ -n $values ]]; then COMPREPLY=($(compgen -W "$values" -- "$current")); return; fi
  if [[ -z $value && $current == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$current")); return; fi
  if [[ -z $value && -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$current")); return; fi
  if [[ -z $value && $COMP_CWORD -eq 1 ]]; then COMPREPLY=($(compgen -W "$names" -- "$current")); fi
  local file
  while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen -f -- "$current")
}
complete -o filenames -F _sdinspect sdinspect
`
  },

  zsh: (commands) => {
    const specs = (command: Completed) =>
      flagsOf(command)
        .map(({ names, takesValue, values, asks, help }) => {
          const about = help.replace(/[[\]:\\]/g, '\\$&')
          const value = !takesValue
            ? ''
            : values.length > 0
              ? `:value:(${values.join(' ')})`
              : asks === undefined
                ? ':value:_files'
                : `:name:_sdinspect_names ${asks}`
          const all = names.length > 1 ? `'(${names.join(' ')})'{${names.join(',')}}` : names[0]
          return `${all}${quoted(`[${about}]${value}`)}`
        })
        .join(' \\\n        ')
    const operand = (command: Completed) =>
      operandWords(command).length > 0
        ? `'1:name:(${operandWords(command).join(' ')})'`
        : secondOperand(command) === undefined
          ? "'*:path:_files'"
          : `'1:path:_files' '2:name:_sdinspect_names ${secondOperand(command)}'`
    const [first] = commands as readonly [Completed]
    return `#compdef sdinspect
_sdinspect_names() {
  # _arguments puts how the matches are shown before what is asked for.
  local -a names=(\${(f)"$(sdinspect __complete \${@[-1]} -- "$PREFIX" \${words[2,CURRENT-1]} 2>/dev/null)"})
  compadd "\${@[1,-2]}" -S '' -a names
}
_sdinspect() {
  local -a commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary.replaceAll(':', '\\:')}`)}\n`).join('')}  )
  local command=${first.name}
  if (( CURRENT > 2 )) && [[ -n \${commands[(r)\${words[2]}:*]} ]]; then
    command=\${words[2]}
    shift words
    (( CURRENT-- ))
  elif (( CURRENT == 2 )) && [[ \${words[2]} != -* ]]; then
    _describe command commands
  fi
  case $command in
${commands.map((command) => `    ${command.name})\n      _arguments -s \\\n        ${specs(command)} \\\n        ${operand(command)} ;;\n`).join('')}  esac
}
if [[ $funcstack[1] == _sdinspect ]]; then _sdinspect "$@"; else compdef _sdinspect sdinspect; fi
`
  },

  fish: (commands) => {
    const names = commands.map(({ name }) => name).join(' ')
    const lines = [
      '# fish completion for sdinspect',
      'function __sdinspect_names',
      '  set -l words (commandline -opc)',
      '  sdinspect __complete $argv[1] -- (commandline -ct) $words[2..-1] 2>/dev/null',
      'end',
      ...commands.map(
        ({ name, summary }) =>
          `complete -c sdinspect -n 'not __fish_seen_subcommand_from ${names}' -a ${name} -d ${fishQuoted(summary)}`,
      ),
    ]
    commands.forEach((command, index) => {
      const seen = `__fish_seen_subcommand_from ${command.name}`
      // Without a command it is the first one that runs.
      const when = index === 0 ? `${seen}; or not __fish_seen_subcommand_from ${names}` : seen
      for (const { names: flagNames, takesValue, values, asks, help } of flagsOf(command)) {
        const spelled = flagNames.map((name) =>
          name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
        )
        const offered = asks === undefined ? values.join(' ') : `(__sdinspect_names ${asks})`
        const value = !takesValue ? '' : offered === '' ? ' -r' : ` -x -a ${fishQuoted(offered)}`
        lines.push(
          `complete -c sdinspect -n ${fishQuoted(when)} ${spelled.join(' ')}${value} -d ${fishQuoted(help)}`,
        )
      }
      const second = secondOperand(command)
      if (second !== undefined)
        lines.push(
          `complete -c sdinspect -n ${fishQuoted(when)} -a ${fishQuoted(`(__sdinspect_names ${second})`)}`,
        )
      const words = operandWords(command)
      if (words.length > 0)
        lines.push(`complete -c sdinspect -n ${fishQuoted(when)} -f -a ${fishQuoted(words.join(' '))}`)
    })
    return `${lines.join('\n')}\n`
  },

  pwsh: (commands) => {
    const [first] = commands as readonly [Completed]
    const entry = (command: Completed) => {
      const all = flagsOf(command)
      const values = all
        .filter((flag) => flag.values.length > 0)
        .flatMap((flag) => flag.names.map((name) => `${pwshQuoted(name)} = ${pwshList(flag.values)}`))
      const asks = all.flatMap(({ names, asks }) =>
        asks === undefined ? [] : names.map((name) => `${pwshQuoted(name)} = ${pwshQuoted(asks)}`),
      )
      return `    ${pwshQuoted(command.name)} = @{
      flags = ${pwshList(all.flatMap((flag) => flag.names))}
      words = ${pwshList(operandWords(command))}
      values = @{ ${values.join('; ')} }
      asks = @{ ${asks.join('; ')} }
      second = ${pwshQuoted(secondOperand(command) ?? '')}
    }
`
    }
    return `# PowerShell completion for sdinspect
Register-ArgumentCompleter -Native -CommandName sdinspect -ScriptBlock {
  param($word, $ast, $position)
  $commands = [ordered]@{
${commands.map(entry).join('')}  }
  $before = @($ast.CommandElements | Where-Object { $_.Extent.EndOffset -lt $position } | ForEach-Object { "$_" } | Select-Object -Skip 1)
  $name = @($before | Where-Object { $commands.Contains($_) })[0]
  if (-not $name) { $name = ${pwshQuoted(first.name)} }
  $command = $commands[$name]
  $previous = if ($before.Count -gt 0) { $before[-1] } else { '' }
  $found = if ($command.values.ContainsKey($previous)) { $command.values[$previous] }
    elseif ($command.asks.ContainsKey($previous)) { & sdinspect __complete $command.asks[$previous] -- "$word" @before 2>$null }
    elseif ($command.second -and $previous -and (Test-Path $previous)) { & sdinspect __complete $command.second -- "$word" @before 2>$null }
    elseif ($word -like '-*') { $command.flags }
    elseif ($command.words.Count -gt 0) { $command.words }
    elseif ($before.Count -eq 0) { @($commands.Keys) }
  $found | Where-Object { $_ -clike "$word*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
}
`
  },
}

const fishQuoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`
const pwshQuoted = (text: string): string => `'${text.replaceAll("'", "''")}'`
const pwshList = (words: readonly string[]): string => `@(${words.map(pwshQuoted).join(', ')})`
