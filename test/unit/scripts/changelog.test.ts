import assert from 'node:assert/strict';
import { test } from 'node:test';
import { releaseNotes } from '../../../scripts/lib/changelog.mts';

const changelog = `# Changelog

## [Unreleased]

## [1.10.0] - 2026-11-30

### Added

- Ten.

## [1.1.0] - 2026-10-01

- One.

[1.1.0]: https://example.com
`;

test('the notes of a release are the section of its version', () => {
  assert.equal(releaseNotes('v1.10.0', '1.10.0', changelog), '### Added\n\n- Ten.\n');
  assert.equal(releaseNotes('v1.1.0', '1.1.0', changelog), '- One.\n');
});

test('there is no release without its section', () => {
  assert.throws(() => releaseNotes('v1.1.1', '1.1.1', changelog), /no section "## \[1\.1\.1\]"/);
  assert.throws(() => releaseNotes('v1.1', '1.1', changelog), /no section/);
  assert.throws(() => releaseNotes('vUnreleased', 'Unreleased', changelog), /is empty/);
});

test('there is no release under the tag of another version', () => {
  assert.throws(() => releaseNotes('v1.1.0', '1.10.0', changelog), /v1\.1\.0 is not .*v1\.10\.0/);
  assert.throws(() => releaseNotes('1.1.0', '1.1.0', changelog), /is not that of/);
});
