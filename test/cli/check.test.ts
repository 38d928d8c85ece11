import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  copyFile,
  cp,
  link as fsLink,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { closed } from '../helpers/report-schema.ts'
import { runCli } from '../helpers/run-cli.ts'
import { vectorsFile } from '../helpers/shards.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sdinspect-check-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const good = [
  'bart-sharded',
  'bert',
  'cnn.safetensors',
  'gpt2-sharded',
  'gptq',
  'kohya_lora.safetensors',
  'lora',
  'vit-bf16.safetensors',
].map((name) => `fixtures/${name}`)

describe('sdinspect check', () => {
  test('finds nothing in good checkpoints, and says so in a line', async () => {
    const { code, out, err } = await runCli(['check', ...good])
    expect([code, err]).toEqual([0, ''])
    const lines = out.trimEnd().split('\n')
    expect(lines.pop()).toMatch(
      /^✔ no findings in 8 checkpoints, 4\d\d tensors · \d+ rules run, \d+ skipped: .*$/,
    )
    // What was looked at is listed, also when it is clean.
    const names = lines
      .filter((line) => line !== '' && !line.startsWith('left alone') && !line.startsWith('    '))
      .map((line) => /^✔ (\S+) {2}safetensors · /.exec(line)?.[1])
    expect(names).toEqual(good)
  })

  test('looks through all of a folder, lists what it left alone, and is not clean over that', async () => {
    const root = join(folder, 'whole')
    await cp('fixtures/cnn.safetensors', join(root, 'model.safetensors'))
    await mkdir(join(root, 'checkpoint-4'))
    const cut = (await readFile('fixtures/cnn.safetensors')).subarray(0, 20_000)
    await writeFile(join(root, 'checkpoint-4/model.safetensors'), cut)
    const whole = await runCli(['check', root])
    expect(whole.code).toBe(1)
    expect(whole.out).toContain(`${join(root, 'checkpoint-4/model.safetensors')}  could not be read`)
    expect(whole.out).toContain(`✔ ${root}  safetensors`)
    expect(await runCli(['check', '--no-recurse', root])).toMatchObject({ code: 0 })

    await rm(join(root, 'checkpoint-4'), { recursive: true })
    await cp('fixtures/torch/state_dict.pt', join(root, 'epoch_5.pth.tar'))
    await writeFile(join(root, 'README.md'), '# weights')
    expect(await runCli(['check', root])).toMatchObject({
      code: 0,
      out: expect.stringContaining('✔ no findings in 2 checkpoints'),
    })
    await writeFile(join(root, 'model.tflite'), `\x1c\0\0\0TFL3${'\0'.repeat(21)}`)
    const unread = await runCli(['check', root])
    expect(unread.code).toBe(2)
    expect(unread.err).toContain('model.tflite')
    expect(unread.out).toContain('not read: a TensorFlow Lite model')
    expect(unread.out).not.toContain('✔ no findings')
    expect((await runCli(['check', root, '-f', 'md'])).out).not.toMatch(/[✔✅]/u)
    const { left, checkpoints } = JSON.parse((await runCli(['check', root, '--json'])).out)
    expect(left).toEqual([{ path: join(root, 'README.md'), why: 'no format of weights' }])
    expect(checkpoints.at(-1)).toMatchObject({
      path: join(root, 'model.tflite'),
      error: { code: 'source/unread' },
    })
  })

  test('leaves out what the policy says, with its reason, and nothing else', async () => {
    const root = join(folder, 'left-out')
    await cp('fixtures/cnn.safetensors', join(root, 'model.safetensors'))
    await writeFile(join(root, 'model.tflite'), `\x1c\0\0\0TFL3${'\0'.repeat(21)}`)
    await mkdir(join(root, 'old'))
    await writeFile(join(root, 'old/broken.safetensors'), 'broken')
    const policy = join(folder, 'left-out.yaml')
    const leaving = async (...files: string[]) => {
      await writeFile(
        policy,
        JSON.stringify({ version: 1, leaveOut: [{ files, reason: 'made by another team' }] }),
      )
      return runCli(['check', root, '-c', policy, '--json'])
    }
    expect((await leaving('left-out/*.tflite')).code).toBe(1)
    expect((await leaving('left-out/old')).code).toBe(2)
    const both = await leaving('**/*.tflite', '**/old/**')
    expect(both.code).toBe(0)
    expect(JSON.parse(both.out).left).toEqual([
      { path: join(root, 'model.tflite'), why: 'made by another team' },
      { path: join(root, 'old/broken.safetensors'), why: 'made by another team' },
    ])
    // A path of the command line too.
    const named = await runCli(['check', join(root, 'model.tflite'), '-c', policy])
    expect([named.code, named.err]).toEqual([0, ''])
  })

  test('gives no verdict where what could not be read is not to count', async () => {
    const file = join(folder, 'cut.safetensors')
    await writeFile(file, (await readFile('fixtures/cnn.safetensors')).subarray(0, 20_000))
    expect((await runCli(['check', file])).code).toBe(1)
    expect((await runCli(['check', file, '--rule', 'format/valid=off'])).code).toBe(2)
    expect((await runCli(['check', file, '--rule', 'format/valid=warning'])).code).toBe(2)
    const baseline = join(folder, 'cut.json')
    await writeFile(baseline, (await runCli(['check', file, '--json'])).out)
    expect((await runCli(['check', file, '--baseline', baseline])).code).toBe(1)
    const policy = join(folder, 'cut.yaml')
    await writeFile(
      policy,
      JSON.stringify({ version: 1, suppress: [{ rule: 'format/valid', reason: 'known' }] }),
    )
    expect((await runCli(['check', file, '-c', policy])).code).toBe(2)
  })

  test('allows imports by name, and no other by a baseline', async () => {
    const file = join(folder, 'imports.pkl')
    await writeFile(file, Buffer.from('\x80\x02cposix\nsystem\nq\0.', 'latin1'))
    expect((await runCli(['check', file])).code).toBe(1)
    const baseline = join(folder, 'imports.json')
    await writeFile(baseline, (await runCli(['check', file, '--json'])).out)
    expect((await runCli(['check', file, '--baseline', baseline])).code).toBe(1)
    const policy = join(folder, 'imports.yaml')
    const allowing = async (...names: string[]) => {
      await writeFile(policy, JSON.stringify({ version: 1, imports: [{ names, reason: 'a test of ours' }] }))
      return runCli(['check', file, '-c', policy])
    }
    expect((await allowing('posix.system')).code).toBe(0)
    expect((await allowing('posix.**')).code).toBe(0)
    expect((await allowing('posix.popen')).code).toBe(1)
    expect(await allowing('**')).toMatchObject({
      code: 2,
      err: expect.stringContaining('no name of a package'),
    })
  })

  test('judges every pickle of a folder for safety, and asks nothing else of those without tensors', async () => {
    const root = join(folder, 'pickles')
    await cp('fixtures/cnn.safetensors', join(root, 'model.safetensors'))
    // pickle.dumps(os.system) of protocol 2, which loading imports.
    await writeFile(join(root, 'training_args.bin'), Buffer.from('\x80\x02cposix\nsystem\nq\0.', 'latin1'))
    const { code, out } = await runCli(['check', root, '--json'])
    expect(code).toBe(1)
    expect(JSON.parse(out).findings).toMatchObject([
      { rule: 'security/pickle-globals', level: 'error', path: join(root, 'training_args.bin') },
    ])
  })

  test('says of a pickle of a folder that bytes follow its end, which nothing looked at', async () => {
    const root = join(folder, 'followed')
    await cp('fixtures/cnn.safetensors', join(root, 'model.safetensors'))
    // pickle.dumps({}), whole and before a zip archive.
    const empty = Buffer.from('\x80\x02}q\0.', 'latin1')
    await writeFile(join(root, 'args.pkl'), empty)
    const whole = JSON.parse((await runCli(['check', root, '--json'])).out)
    expect(whole.findings).toEqual([])
    await writeFile(join(root, 'args.pkl'), Buffer.concat([empty, await readFile('fixtures/torch/ddp.pt')]))
    const { findings } = JSON.parse((await runCli(['check', root, '--json'])).out)
    expect(findings).toMatchObject([{ rule: 'pickle/trailing-bytes', path: join(root, 'args.pkl') }])
  })

  test('asks all of a file whose tensors it could not follow, whatever it is called', async () => {
    const root = join(folder, 'unfollowed')
    await mkdir(root)
    // torch would load a view of 2^54 elements, which no list of tensors holds.
    await cp('fixtures/torch/expanded-beyond.pt', join(root, 'weights'))
    const { code, out } = await runCli(['check', root])
    expect(out).toMatch(/torch\/un(followed|read-tensors)/)
    expect(out).not.toContain('✔')
    expect(code).toBe(1)
  })

  test('gives no verdict where the lock that was named is not there, or says nothing of it', async () => {
    const [model, lock] = [join(folder, 'named.safetensors'), join(folder, 'named.lock')]
    await cp('fixtures/cnn.safetensors', model)
    const missing = await runCli(['check', model, '--lock-file', lock])
    expect([missing.code, missing.err.includes('there is no such lock file')]).toEqual([2, true])
    expect((await runCli(['lock', model, '--lock-file', lock])).code).toBe(0)
    expect((await runCli(['check', model, '--lock-file', lock])).code).toBe(0)
    const other = await runCli(['check', 'fixtures/vit-bf16.safetensors', '--lock-file', lock])
    expect(other.code).toBe(1)
    expect(other.out).toContain('lock/drift')
  })

  test('writes no report over a file of the checkpoint, and no two into one file', async () => {
    const model = join(folder, 'model')
    await cp('fixtures/bert', model, { recursive: true })
    const before = await readFile(join(model, 'config.json'), 'utf8')
    const over = await runCli(['check', model, '--report', `json=${join(model, 'config.json')}`])
    expect(over.code).toBe(2)
    expect(over.err).toContain('is a file that this run reads or finds beside a checkpoint')
    expect(await readFile(join(model, 'config.json'), 'utf8')).toBe(before)

    const both = join(folder, 'both')
    const twice = await runCli(['check', model, '--report', `sarif=${both}`, '--report', `junit=${both}`])
    expect(twice.code).toBe(2)
  })

  test('blames the checkpoint for a shard name that leads out of its folder', async () => {
    const model = join(folder, 'outside')
    await mkdir(model)
    await writeFile(join(model, 'model.safetensors.index.json'), '{"weight_map":{"w":"../../../etc/passwd"}}')
    const { code, out } = await runCli(['check', '--json', model])
    expect(code).toBe(1)
    expect(JSON.parse(out).findings).toMatchObject([{ rule: 'format/valid', level: 'error' }])
  })

  test('exits with 1 for a file that is cut off, and names the rule', async () => {
    const path = join(folder, 'cut.safetensors')
    await writeFile(path, (await readFile('fixtures/cnn.safetensors')).subarray(0, 2_000))
    const { code, out, err } = await runCli(['check', path])
    expect([code, err]).toEqual([1, ''])
    expect(out).toContain('✖ error  format/valid')
    expect((await runCli(['check', path, '--exit-zero'])).code).toBe(0)
    expect((await runCli(['check', path, '--fail-on', 'never'])).code).toBe(0)
  })

  test('exits with 2 where there is no verdict, whatever else is found', async () => {
    const cut = join(folder, 'cut.safetensors')
    const { code, out, err } = await runCli(['check', cut, join(folder, 'nowhere.safetensors')])
    expect(code).toBe(2)
    expect(err).toContain('nowhere.safetensors')
    expect(out).toContain('could not check 1 of 2 checkpoints')
    expect((await runCli(['check', join(folder, 'nowhere'), '--exit-zero'])).code).toBe(2)
    expect((await runCli(['check', 'fixtures/cnn.safetensors', '--limit', 'tensors=1'])).code).toBe(2)
  })

  test('says in JSON what was found, in what, and what was not looked at', async () => {
    const path = join(folder, 'pointer.safetensors')
    await writeFile(path, 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 10\n')
    const { code, out } = await runCli(['check', '--json', path, 'fixtures/cnn.safetensors'])
    const answer = JSON.parse(out)
    expect(code).toBe(1)
    expect(answer.status).toBe('fail')
    expect(answer.findings).toHaveLength(1)
    expect(answer.findings[0]).toMatchObject({
      rule: 'file/not-a-pointer',
      level: 'error',
      path,
      tensor: null,
      suppressed: null,
      fix: 'fetch the file with: git lfs pull',
    })
    expect(answer.summary).toMatchObject({ errors: 1, warnings: 0, infos: 0, suppressed: 0 })
    expect(answer.summary.coverage).toMatchObject({
      checkpoints: 2,
      unreadable: 0,
      tensors: 92,
      valuesRead: false,
    })
  })

  test('takes levels of rules, and refuses rules that do not exist', async () => {
    const path = join(folder, 'called.safetensors')
    await cp('fixtures/torch/state_dict.pt', path)
    expect((await runCli(['check', path])).code).toBe(1)
    expect((await runCli(['check', path, '--rule', 'format/wrong-name=warning'])).code).toBe(0)
    expect(
      (await runCli(['check', path, '--rule', 'format/wrong-name=warning', '--max-warnings', '0'])).code,
    ).toBe(1)
    const { code, err } = await runCli(['check', path, '--rule', 'format/valdi=off'])
    expect([code, err]).toEqual([
      2,
      'sdinspect: --rule: there is no rule "format/valdi"\n  hint: did you mean format/valid?\n',
    ])
  })
})

describe('the JSON of check', () => {
  const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
    closed(JSON.parse(readFileSync('schema/check.v1.json', 'utf8'))) as object,
  )

  test('fits its published schema, with findings, failures and without', async () => {
    for (const paths of [
      ['fixtures/cnn.safetensors'],
      [join(folder, 'cut.safetensors'), join(folder, 'nowhere'), 'fixtures/torch/ddp.pt'],
    ]) {
      const answer = JSON.parse((await runCli(['check', '--json', ...paths])).out)
      expect(validate(answer), JSON.stringify(validate.errors)).toBe(true)
    }
  })

  test('is what sdinspect schema says', async () => {
    for (const name of ['check', 'policy'])
      expect((await runCli(['schema', name])).out).toBe(await readFile(`schema/${name}.v1.json`, 'utf8'))
  })
})

describe('sdinspect explain', () => {
  test('tells all there is of a rule', async () => {
    const { code, out } = await runCli(['explain', 'index/missing-shard'])
    expect(code).toBe(0)
    for (const part of ['holds', 'why', 'case', 'fix', 'suppress', 'sgl-project/sglang'])
      expect(out).toContain(part)
  })

  test('lists every rule, and guesses at a slip', async () => {
    expect((await runCli(['explain'])).out.split('\n').length).toBeGreaterThan(25)
    const { code, err } = await runCli(['explain', 'shards/incomplet'])
    expect([code, err]).toEqual([
      2,
      'sdinspect: there is no rule "shards/incomplet"\n  hint: did you mean shards/incomplete?\n',
    ])
  })
})

describe.each([
  ['pickle-globals', 'security/pickle-globals  error'],
  ['PICKLE-GLOBALS', 'security/pickle-globals  error'],
])('sdinspect explain %s, a part of one id', (word, first) => {
  test('tells of that rule', async () => {
    const { code, out } = await runCli(['explain', word])
    expect([code, out.split('\n')[0]]).toEqual([0, first])
  })
})

test('sdinspect explain lists the rules that a word may mean', async () => {
  const listed = async (word: string) =>
    (await runCli(['explain', word])).out
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/\s/)[0])
  expect(await listed('shards')).toEqual((await runCli(['explain'])).out.match(/^\S*shards\S*/gm))
  expect(await listed('shards/')).toContain('shards/incomplete')
  // It stands in no id.
  expect(await listed('nan')).toContain('values/finite')
  const { code, err } = await runCli(['explain', 'security/pickle'])
  expect([code, err]).toEqual([2, expect.stringContaining('did you mean security/pickle-globals?')])
})

describe('a folder of three that are sound and one that is not', () => {
  const env = { TERM: 'xterm', LANG: 'en_US.UTF-8', NO_COLOR: '1' }
  const folderWith = async (name: string, bytes: Uint8Array | string): Promise<string> => {
    const path = join(folder, `with-${name}`)
    await mkdir(path)
    for (const sound of ['cnn', 'vit-bf16', 'kohya_lora'])
      await copyFile(`fixtures/${sound}.safetensors`, join(path, `${sound}.safetensors`))
    await writeFile(join(path, name), bytes)
    return path
  }

  test('says of a broken one what it is, and counts no rules as skipped that it could not have', async () => {
    const cut = (await readFile('fixtures/cnn.safetensors')).subarray(0, 1000)
    const { code, out } = await runCli(['check', await folderWith('cut.safetensors', cut)], {
      columns: 200,
      env,
    })
    expect(code).toBe(1)
    expect(out.match(/^✔ /gm)?.length).toBe(3)
    expect(out.trimEnd().split('\n').at(-1)).toMatch(
      /^✖ 1 error in 4 checkpoints, 184 tensors · \d+ rules run, 9 skipped: the values of tensors are not read$/,
    )
  })

  test('says once of one that cannot be read why, and what was found in the others', async () => {
    const path = await folderWith('m.tflite', 'xxxxTFL3aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')
    const { code, out, err } = await runCli(['check', path], { columns: 200, errColumns: 200, env })
    expect([code, err.replaceAll(/.*\x1b\[2K/g, '')]).toEqual([2, ''])
    expect(out.match(/TensorFlow Lite/g)?.length).toBe(1)
    expect(out.match(/could not/g)?.length).toBe(2)
    expect(out.trimEnd().split('\n').at(-1)).toMatch(
      /^✖ could not check 1 of 4 checkpoints; no findings in the other 3, 184 tensors · /,
    )
    // Where the answer goes elsewhere, the terminal has to be told.
    for (const argv of [['-q'], ['--json'], ['-o', join(folder, 'check.txt')]])
      expect((await runCli(['check', path, ...argv], { errColumns: 200, env })).err).toContain(
        'TensorFlow Lite',
      )
    expect((await runCli(['check', path], { errColumns: 200, env })).err).toContain('TensorFlow Lite')
  })
})

test('takes warn for warning wherever a level is given', async () => {
  const file = 'fixtures/torch/ddp.pt'
  expect((await runCli(['check', file])).code).toBe(0)
  expect((await runCli(['check', file, '--fail-on', 'warn'])).code).toBe(1)
  expect((await runCli(['check', file, '--fail-on=warn', '--rule', 'contents/prefix=info'])).code).toBe(0)
  expect((await runCli(['check', file, '--max-warnings', '0', '--rule', 'contents/prefix=warn'])).code).toBe(
    1,
  )
})

test('writes a report that was asked for on standard output although it is quiet', async () => {
  const quiet = (...argv: string[]) => runCli(['check', '-q', 'fixtures/cnn.safetensors', ...argv])
  expect((await quiet()).out).toBe('')
  expect((await quiet('--json')).out).toBe('')
  for (const report of ['json', 'json=-'])
    expect(JSON.parse((await quiet('--report', report)).out)).toMatchObject({ command: 'check' })
  const file = join(folder, 'quiet.json')
  expect((await quiet('--report', `json=${file}`)).out).toBe('')
})

describe('a policy on the command line', () => {
  const policy = async (text: string, name = 'policy.yaml'): Promise<string> => {
    const path = join(folder, name)
    await writeFile(path, text)
    return path
  }

  test('holds checkpoints to what it says, and its errors are no verdict', async () => {
    const good = await policy('version: 1\ncounts: { tensors: 92 }\nsizes: { total: { max: 2MB } }\n')
    expect((await runCli(['check', 'fixtures/cnn.safetensors', '-c', good])).code).toBe(0)
    const bad = await policy(
      'version: 1\ncounts: { tensors: 91 }\nsizes: { file: { max: 1kB }, total: { min: 1GB } }\n',
    )
    const { code, out } = await runCli(['check', 'fixtures/cnn.safetensors', '-c', bad, '--json'])
    const rules = JSON.parse(out).findings.map(({ rule, line }: { rule: string; line: number }) => [
      rule,
      line,
    ])
    expect([code, rules]).toEqual([
      1,
      [
        ['counts/tensors', 2],
        ['size/file', 3],
        ['size/total', 3],
      ],
    ])
    const broken = await policy('version: 1\ncount: 1\n')
    const refused = await runCli(['check', 'fixtures/cnn.safetensors', '-c', broken])
    expect([refused.code, refused.out]).toEqual([2, ''])
    expect(refused.err).toContain('policy.yaml:2:1: unknown key "count"')
    expect((await runCli(['check', 'fixtures/cnn.safetensors', '-c', join(folder, 'none.yaml')])).code).toBe(
      2,
    )
  })

  test('checks the paths of the policy when none is given', async () => {
    const path = await policy(
      `version: 1\npaths: [${JSON.stringify(process.cwd())}/fixtures/cnn.safetensors]\n`,
    )
    await writeFile(join(folder, 'inside.safetensors'), await readFile('fixtures/cnn.safetensors'))
    const inside = await policy('version: 1\npaths: ["ins*.safetensors"]\n', 'inside.yaml')
    expect((await runCli(['check', '-c', inside])).out).toContain('no findings in 1 checkpoint')
    expect((await runCli(['check', '-c', path])).code).toBe(2)
    expect((await runCli(['check', '-c', 'none'])).code).toBe(2)
    expect((await runCli(['check', '-c', 'none', '--allow-empty'])).code).toBe(0)
    expect((await runCli(['check', join(folder, '*.ckpt')])).code).toBe(2)
    expect((await runCli(['check', join(folder, '*.ckpt'), '--allow-empty'])).code).toBe(0)
  })

  test('compares the digests it pins', async () => {
    const digest = createHash('sha256')
      .update(await readFile('fixtures/cnn.safetensors'))
      .digest('hex')
    const right = await policy(`version: 1\nhashes: { cnn.safetensors: "sha256:${digest}" }\n`)
    expect((await runCli(['check', 'fixtures/cnn.safetensors', '-c', right])).code).toBe(0)
    const wrong = await policy(
      `version: 1\nhashes: { cnn.safetensors: ${'a'.repeat(64)}, other: ${'b'.repeat(64)} }\n`,
    )
    const { code, out } = await runCli(['check', 'fixtures/cnn.safetensors', '-c', wrong])
    expect(code).toBe(1)
    expect(out).toContain(`has the SHA-256 ${digest}`)
    expect(out).toContain('"other" is not a file of the checkpoint')
  })

  const wrapped = 'fixtures/torch/ddp.pt'
  test('refuses to suppress what pickles import, which is allowed by name', async () => {
    const path = await policy(
      'version: 1\nsuppress:\n  - { rule: security/pickle-globals, reason: all known }\n',
    )
    const { code, err } = await runCli(['check', 'fixtures/cnn.safetensors', '--config', path])
    expect(code).toBe(2)
    expect(err).toMatch(/:3:\d+: security\/pickle-globals cannot be suppressed/)
    expect(err).toContain('hint: name what is accepted: imports:')
  })

  test.each(['off', 'info', 'warn'])(
    'refuses to let what pickles import pass as %s, in a policy or a flag',
    async (level) => {
      const said = `rules: { security/pickle-globals: ${level} }`
      for (const text of [said, `overrides: [{ files: ["**"], ${said} }]`]) {
        const path = await policy(`version: 1\n${text}\n`)
        const { code, err } = await runCli(['check', 'fixtures/cnn.safetensors', '--config', path])
        expect(code).toBe(2)
        expect(err).toMatch(/:2:\d+: security\/pickle-globals cannot be /)
      }
      const flag = [
        'check',
        'fixtures/cnn.safetensors',
        '-c',
        'none',
        '--rule',
        `security/pickle-globals=${level}`,
      ]
      expect((await runCli(flag)).code).toBe(2)
    },
  )

  test('shows nothing of a file that a policy extends and that is none', async () => {
    await policy('secret', 'secret.txt')
    const { code, err } = await runCli([
      'check',
      'fixtures/cnn.safetensors',
      '-c',
      await policy('version: 1\nextends: secret.txt\n'),
    ])
    expect(code).toBe(2)
    expect(err).toContain('the policy is a text, expected')
    expect(err).not.toMatch(/"secret"/)
  })

  test('pins a file for all checkpoints of a policy, of which one has it', async () => {
    const digest = createHash('sha256')
      .update(await readFile('fixtures/cnn.safetensors'))
      .digest('hex')
    const path = await policy(`version: 1\nhashes: { cnn.safetensors: "sha256:${digest}" }\n`)
    const both = ['fixtures/vit-bf16.safetensors', 'fixtures/kohya_lora.safetensors']
    const run = async (...paths: string[]) =>
      JSON.parse((await runCli(['check', ...paths, '--config', path, '--json'])).out).findings.filter(
        ({ rule }: { rule: string }) => rule === 'hash/pinned',
      )
    expect(await run('fixtures/cnn.safetensors', ...both)).toEqual([])
    // None has it: said once.
    expect(await run(...both)).toHaveLength(1)
  })

  const suppressing = (expires: string): string =>
    `version: 1\nsuppress:\n  - { rule: contents/prefix, reason: stripped by the loader, expires: ${expires} }\n  - { rule: lora/rank, reason: gone }\n`

  test('suppresses with a reason, and says when one is not needed any more', async () => {
    const path = await policy(suppressing('2027-06-30'))
    const env = { SOURCE_DATE_EPOCH: String(Date.parse('2027-06-30T23:00:00Z') / 1000) }
    const { out } = await runCli(['check', wrapped, '-c', path, '--json'], { env })
    const answer = JSON.parse(out)
    expect(answer.summary).toMatchObject({ warnings: 1, suppressed: 1 })
    expect(
      answer.findings.find(({ rule }: { rule: string }) => rule === 'contents/prefix').suppressed,
    ).toEqual({
      by: 'policy',
      reason: 'stripped by the loader',
    })
    expect(out).toContain('policy/unused-suppression')
    const text = await runCli(['check', wrapped, '-c', path], { env })
    expect(text.out).not.toContain('contents/prefix')
    const shown = await runCli(['check', wrapped, '-c', path, '--show-suppressed'], { env })
    expect(shown.out).toContain('suppressed by policy: stripped by the loader')
  })

  test('counts a finding again after the day its suppression expires', async () => {
    const path = await policy(suppressing('2027-06-30'))
    const env = { SOURCE_DATE_EPOCH: String(Date.parse('2027-07-01T01:00:00Z') / 1000) }
    const { code, out } = await runCli(['check', wrapped, '-c', path], { env })
    expect(code).toBe(1)
    expect(out).toContain('the suppression of contents/prefix expired after 2027-06-30')
    expect(out).toContain('every name begins with "module."')
  })

  test('is the nearest one, and not one outside the repository', async () => {
    const { findPolicy } = await import('../../src/cli/files/find-policy.ts')
    const repository = join(folder, 'repository')
    await mkdir(join(repository, '.git'), { recursive: true })
    await mkdir(join(repository, 'a/b'), { recursive: true })
    await policy('version: 1\n', 'sdinspect.yaml')
    expect(findPolicy(join(repository, 'a/b'))).toBeNull()
    await policy('version: 1\n', 'repository/sdinspect.json')
    expect(findPolicy(join(repository, 'a/b'))).toBe(join(repository, 'sdinspect.json'))
  })
})

describe('a baseline', () => {
  test('lets findings that are known pass, and no new one', async () => {
    const known = join(folder, 'known.json')
    const path = join(folder, 'misnamed.safetensors')
    await cp('fixtures/torch/state_dict.pt', path)
    expect((await runCli(['check', path, '--json', '-o', known])).code).toBe(1)
    const again = await runCli(['check', path, '--baseline', known, '--json'])
    expect([again.code, JSON.parse(again.out).summary]).toMatchObject([0, { errors: 0, suppressed: 1 }])
    const other = join(folder, 'pointer.safetensors')
    expect((await runCli(['check', path, other, '--baseline', known])).code).toBe(1)
    const less = await runCli(['check', 'fixtures/cnn.safetensors', '--baseline', known])
    expect([less.code, less.err]).toEqual([
      0,
      'sdinspect: 1 findings of the baseline are gone: write it again with check --json\n',
    ])
    expect((await runCli(['check', path, '--baseline', 'package.json'])).code).toBe(2)
  })
})

describe('reports', () => {
  test('replace nothing that the run reads or finds, whether it could be read or not', async () => {
    const root = join(folder, 'kept')
    await cp('fixtures/bert', root, { recursive: true })
    await writeFile(join(root, 'tokenizer.json'), '{}')
    await mkdir(join(root, 'other'))
    await writeFile(join(root, 'other/model.safetensors'), 'broken')
    await writeFile(join(root, 'other/config.json'), '{}')
    const policy = join(root, 'policy.yaml')
    await writeFile(policy, 'version: 1\n')
    const baseline = join(root, 'baseline.out')
    await writeFile(baseline, (await runCli(['check', 'fixtures/cnn.safetensors', '--json'])).out)
    const link = join(folder, 'link.out')
    await symlink(join(root, 'model.safetensors'), link)
    const hard = join(folder, 'hard.out')
    await fsLink(join(root, 'config.json'), hard)
    const inputs = [
      'model.safetensors',
      'config.json',
      'tokenizer.json',
      'other/model.safetensors',
      'other/config.json',
    ]
    for (const file of [...inputs.map((name) => join(root, name)), policy, baseline, link, hard]) {
      const before = await readFile(file)
      for (const asked of [
        ['-o', file],
        ['--report', `json=${file}`],
      ]) {
        const { code, err } = await runCli(['check', root, '-c', policy, '--baseline', baseline, ...asked])
        expect([code, err.includes('reads or finds beside a checkpoint')], file).toEqual([2, true])
      }
      expect(await readFile(file)).toEqual(before)
    }
    // A report of an earlier run in the folder is none of these.
    const own = join(root, 'report.json')
    for (const _ of [1, 2])
      expect((await runCli(['check', root, '-c', policy, '--report', `json=${own}`])).err).not.toContain(
        'finds beside',
      )
  })

  test('are not written to one file under two names', async () => {
    const file = join(folder, 'one.out')
    const link = join(folder, 'two.out')
    await writeFile(file, '')
    await symlink(file, link)
    const to = (...more: string[]) => runCli(['check', 'fixtures/cnn.safetensors', ...more])
    for (const asked of [
      ['--report', `json=${file}`, '--report', `tap=${link}`],
      ['-o', file, '--report', `tap=${link}`],
      ['-o', join(folder, 'new.out'), '--report', `tap=${join(folder, '.', 'new.out')}`],
    ])
      expect(await to(...asked)).toMatchObject({ code: 2, err: expect.stringContaining('two reports') })
  })

  test('are made from files that are regular, and not endless', async () => {
    const paths = ['--config', '--baseline', '--lock-file'].map((flag) => [flag, folder])
    for (const asked of [
      ...paths,
      ['--config', '/dev/zero'],
      ['--baseline', '/dev/zero'],
      ['--lock-file', '/dev/zero'],
    ])
      expect((await runCli(['check', 'fixtures/cnn.safetensors', ...asked])).code, asked.join(' ')).toBe(2)
  })

  test('go to files in one run, and text stays on standard output', async () => {
    const file = (name: string): string => join(folder, name)
    const wanted = ['sarif', 'junit', 'gitlab', 'md', 'tap', 'metrics', 'json', 'github']
    const { code, out } = await runCli([
      'check',
      file('cut.safetensors'),
      ...wanted.flatMap((name) => ['--report', `${name}=${file(`report.${name}`)}`]),
    ])
    expect(code).toBe(1)
    expect(out).toContain('✖ error  format/valid')
    for (const name of wanted) expect(await readFile(file(`report.${name}`), 'utf8'), name).not.toBe('')
  })

  test('take the place of the text where they have no file', async () => {
    const path = join(folder, 'cut.safetensors')
    const { out } = await runCli(['check', path, '--report', 'github', '--report', 'tap'])
    expect(out).toMatch(/^::error file=.*\nTAP version 14\n/)
    const { code, err } = await runCli(['check', path, '--report', 'sarf=x'])
    expect([code, err]).toEqual([
      2,
      'sdinspect: --report: there is no report "sarf"\n  hint: did you mean sarif?\n',
    ])
  })

  test('point at the line of an index or a configuration', async () => {
    const model = join(folder, 'sharded')
    await cp('fixtures/bart-sharded', model, { recursive: true })
    await rm(join(model, 'model-00002-of-00004.safetensors'))
    const config = JSON.parse(await readFile(join(model, 'config.json'), 'utf8'))
    await writeFile(join(model, 'config.json'), JSON.stringify({ ...config, vocab_size: 400 }, null, 2))
    const { out } = await runCli(['check', model, '--json'])
    const lineOf = async (name: string, text: string): Promise<number> =>
      (await readFile(join(model, name), 'utf8')).split('\n').findIndex((line) => line.includes(text)) + 1
    const places = JSON.parse(out).findings.map(
      ({ rule, file, line }: { rule: string; file: string; line: number }) => `${rule} ${file}:${line}`,
    )
    const index = 'model.safetensors.index.json'
    expect(places).toContain(
      `index/missing-shard ${model}/${index}:${await lineOf(index, 'model-00002-of-00004.safetensors')}`,
    )
    expect(places).toContain(
      `config/vocabulary ${model}/config.json:${await lineOf('config.json', 'vocab_size')}`,
    )
  })
})

describe('a lock', () => {
  test('is held where a policy names it, and drift points at its line', async () => {
    const model = join(folder, 'locked.safetensors')
    const lock = join(folder, 'the.lock')
    const policy = join(folder, 'locked.yaml')
    await writeFile(policy, 'version: 1\nlock: the.lock\n')
    await writeFile(model, vectorsFile({ 'a.weight': 4, 'b.weight': 8 }))
    expect((await runCli(['lock', model, '--lock-file', lock])).code).toBe(0)
    expect((await runCli(['check', model, '-c', policy])).code).toBe(0)
    expect((await runCli(['check', 'fixtures/cnn.safetensors', '-c', policy])).out).toContain(
      'not in the lock',
    )
    await writeFile(model, vectorsFile({ 'a.weight': 4, 'b.weight': 9 }))
    for (const flags of [
      ['-c', policy],
      ['--lock-file', lock],
    ]) {
      const { code, out } = await runCli(['check', model, ...flags, '--json'])
      expect(code).toBe(1)
      const line =
        (await readFile(lock, 'utf8')).split('\n').findIndex((text) => text.includes('b.weight')) + 1
      expect(JSON.parse(out).findings).toMatchObject([
        {
          rule: 'lock/drift',
          level: 'error',
          file: expect.stringMatching(/the\.lock$/),
          line,
          tensor: 'b.weight',
        },
      ])
    }
    expect((await runCli(['check', model, '-c', 'none'])).code).toBe(0)
  })
})
