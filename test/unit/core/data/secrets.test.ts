import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  hasSecrets,
  isSecret,
  isSecretConfig,
  MASK,
  maskedConfig,
} from '../../../../src/core/data/secrets.ts';

test('names of variables that look like secrets', () => {
  const secret =
    'TOKEN HF_TOKEN GITHUBTOKEN hf_token MY_SECRET SECRETS AWS_SECRET_ACCESS_KEY AWS_ACCESS_KEY_ID ' +
    'WANDB_API_KEY OPENAI_API_KEY APIKEY apiKey api-key PGPASSWORD DB_PASSWORD MYSQL_PWD SMTP_PASS ' +
    'PASSWD SSH_PRIVATE_KEY KEY ENCRYPTION_KEY GOOGLE_APPLICATION_CREDENTIALS CREDENTIAL AUTH ' +
    'AUTH_HEADER SECRET_KEY_BASE';
  for (const name of secret.split(' ')) assert.ok(isSecret(name, 'x'), name);
  const plain =
    'KEYBOARD MONKEY KEY_COUNT TOKENIZERS_PARALLELISM MAX_TOKENS GIT_AUTHOR_NAME AUTHOR XAUTHORITY ' +
    'PWD OLDPWD PARENT_PWD PATH COMPASS BYPASS PASS_COUNT LR SEED SECRETARY KEYS_FILE PASSENGERS';
  for (const name of plain.split(' ')) assert.ok(!isSecret(name, 'x'), name);
  assert.ok(!isSecret('HF_TOKEN', ''));
});

test('a password in a value', () => {
  assert.ok(isSecret('DATABASE_URL', 'postgres://me:pw@host/db'));
  assert.ok(isSecret('REDIS', 'redis://:pw@host'));
  assert.ok(isSecret('ODBC', 'Server=x;Password=pw;'));
  for (const value of ['postgres://host:5432/db', 'http://a@b/c', 'a:b@c', 'https://x/y:z@w']) {
    assert.ok(!isSecret('DATABASE_URL', value), value);
  }
  assert.ok(hasSecrets({ A: '1', B_TOKEN: '2' }));
  assert.ok(!hasSecrets({ A: '1', B_TOKEN: '' }));
});

test('values of a configuration: those of training code are no secrets', () => {
  for (const key of [
    'API_KEY',
    'a.HF_TOKEN',
    'db.password',
    'api_key',
    'openai.apiKey',
    'secret',
  ]) {
    assert.ok(isSecretConfig(key, 'x'), key);
  }
  for (const key of ['pad_token', 'sort_key', 'key', 'auth', 'tokenizer', 'model.MAX_TOKENS']) {
    assert.ok(!isSecretConfig(key, 'x'), key);
  }
  assert.ok(!isSecretConfig('API_KEY', 3n));
  assert.deepEqual(maskedConfig({ lr: 0.1, API_KEY: 'x', db: 'pg://a:b@c' }), {
    lr: 0.1,
    API_KEY: MASK,
    db: MASK,
  });
});
