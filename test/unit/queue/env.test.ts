import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import test from 'node:test';
import { recordEnv, withRecordedEnv } from '../../../src/queue/env.ts';

test('what decides about interpreter and libraries is recorded, nothing else', () => {
  const base = { PATH: '/venv/bin:/bin', VIRTUAL_ENV: '/venv', AWS_SECRET: 'x', Path: 'y' };
  assert.deepEqual(recordEnv(base, 'linux'), {
    host: hostname(),
    values: { PATH: '/venv/bin:/bin', VIRTUAL_ENV: '/venv' },
  });
  assert.deepEqual(recordEnv({ Path: 'C:\\venv', Secret: 'x' }, 'win32').values, {
    PATH: 'C:\\venv',
  });
});

test('it replaces that of the base: what was not set then is not set', () => {
  const base = { PATH: '/bin', CONDA_PREFIX: '/conda', HOME: '/home' };
  const recorded = { host: hostname(), values: { PATH: '/venv/bin', LD_PRELOAD: '/evil.so' } };
  assert.deepEqual(withRecordedEnv(base, recorded), { PATH: '/venv/bin', HOME: '/home' });
  const windows = withRecordedEnv({ Path: 'C:\\', Temp: 'T' }, recorded, 'win32');
  assert.deepEqual(windows, { PATH: '/venv/bin', Temp: 'T' });
});

test('paths of another host, and of nobody, are left aside', () => {
  const base = { PATH: '/bin' };
  assert.equal(withRecordedEnv(base, { host: 'elsewhere', values: { PATH: '/x' } }), base);
  assert.equal(withRecordedEnv(base, null), base);
});
