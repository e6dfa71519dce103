import type { Json, JsonObject } from './json.ts';

/** What is shown in place of a secret; the files of the run have it. */
export const MASK = '***';

/** Words of names of secrets: `HF_TOKEN`, `dbPassword`, `GOOGLE_CREDENTIALS`, `SSH_AUTH_X`. */
const WORD =
  /^(?:AUTH|BEARER|COOKIE|CREDS|KEY|PASS|PASSPHRASE|\w*(?:TOKEN|SECRETS?|PASSWORDS?|PASSWD|CREDENTIALS?|APIKEY))$/;
/** Words that are secret only together, wherever they stand; `KEY` alone counts only at the end. */
const WORDS = /(?:^|_)(?:API_KEYS?|ACCESS_KEYS?|PRIVATE_KEYS?|MYSQL_PWD|DB_PWD)(?:_|$)/;
/** `postgres://me:secret@host/db`, `Server=x;Password=secret`. */
const VALUE = /^[a-z][a-z0-9+.-]*:\/\/[^\s/@:]*:[^\s/@]+@|(?:^|[;\s])(?:password|pwd)=[^;\s]/i;
/** Of names in small letters, which training code has many of: `pad_token` and `sort_key` are none. */
const PLAIN_NAME =
  /(?:^|_)(?:API_?KEY|(?:SECRET|PRIVATE|ACCESS)_KEY|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|(?:ACCESS|API|AUTH|BEARER|HF|REFRESH|GITHUB|SECRET)_TOKEN)$/;

/**
 * Whether an environment variable looks like a secret: by its name, or by a password in its
 * value. An empty value is none.
 */
export function isSecret(name: string, value: string): boolean {
  if (value === '') return false;
  const upper = upperName(name);
  const words = upper.split('_');
  const last = words.at(-1) ?? '';
  const byWord = words.some((word) => word !== 'KEY' && word !== 'PASS' && WORD.test(word));
  return byWord || WORD.test(last) || WORDS.test(upper) || VALUE.test(value);
}

/** Whether any of these variables looks like a secret. */
export function hasSecrets(env: Readonly<Record<string, string>>): boolean {
  return Object.entries(env).some(([name, value]) => isSecret(name, value));
}

/**
 * Whether a value of a configuration looks like a secret: a text under the name of a variable, as
 * `.env` files have them, or under a name that means nothing else.
 * @param key dotted key.
 */
export function isSecretConfig(key: string, value: Json): boolean {
  if (typeof value !== 'string' || value === '') return false;
  const name = key.slice(key.lastIndexOf('.') + 1);
  if (/^[A-Z][A-Z0-9_]*$/.test(name)) return isSecret(name, value);
  return PLAIN_NAME.test(upperName(name)) || VALUE.test(value);
}

/** A value of a configuration as it may be shown. */
export function maskedValue(key: string, value: Json): Json {
  return isSecretConfig(key, value) ? MASK : value;
}

/** A configuration as it may be shown. */
export function maskedConfig(config: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, maskedValue(key, value)]),
  );
}

/** `apiKey`, `api-key` and `API_KEY` are one. */
function upperName(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z\d]+/g, '_')
    .toUpperCase();
}
