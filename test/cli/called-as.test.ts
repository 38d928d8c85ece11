import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { calledAs } from '../../src/cli/called-as.ts'
import { runCli } from '../helpers/run-cli.ts'

it.each([
  ['npx', { npm_command: 'exec' }, '/cache/_npx/0a1b/node_modules/.bin/sdinspect', 'npx sdinspect'],
  ['a package of a project', {}, '/srv/app/node_modules/.bin/sdinspect', 'npx sdinspect'],
  ['the same on Windows', {}, 'C:\\app\\node_modules\\sdinspect\\bin\\sdinspect.js', 'npx sdinspect'],
  ['a global install', {}, '/usr/local/bin/sdinspect', 'sdinspect'],
  ['a clone', {}, resolve('bin/sdinspect.js'), 'node bin/sdinspect.js'],
  ['a clone elsewhere', {}, '/opt/sdinspect/bin/sdinspect.js', 'node /opt/sdinspect/bin/sdinspect.js'],
  ['a path that a shell would take apart', {}, '/opt/my tools/bin/sdinspect.js', 'sdinspect'],
  ['nobody', {}, undefined, 'sdinspect'],
])('is called as whoever runs it calls it: %s', (_, env, script, said) => {
  expect(calledAs({ env, ...(script === undefined ? {} : { script }) })).toBe(said)
})

it('prints the next command so', async () => {
  const env = { TERM: 'xterm', LANG: 'en_US.UTF-8', NO_COLOR: '1' }
  const next = async (more: object) => {
    const { out } = await runCli([join('fixtures', 'cnn.safetensors')], {
      columns: 120,
      env: { ...env, ...more },
    })
    return out.match(/^next: .*$/m)?.[0]
  }
  expect(await next({})).toMatch(/^next: sdinspect why fixtures/)
  expect(await next({ npm_command: 'exec' })).toMatch(/^next: npx sdinspect why fixtures/)
})
