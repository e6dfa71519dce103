import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import test from 'node:test';
import { encodePretty, toPlain } from '../../../src/core/data/json.ts';
import { openMeta } from '../../../src/core/meta/meta.ts';
import { OutputReader } from '../../../src/core/output/reader.ts';
import type { RunInfo } from '../../../src/core/run/types.ts';
import { readRunDetail } from '../../../src/core/status/run-detail.ts';
import { listRuns } from '../../../src/core/store/read.ts';
import { cliJson, runCli } from '../../helpers/cli.ts';
import { FIXTURES, expectedRuns, unpackFixture, type ExpectedRun } from '../../helpers/fixtures.ts';
import { tempDir } from '../../helpers/temp.ts';

/** The stores of real Gages, read back exactly as the programs that made them read them. */

/** The run as we read it, in the shape of the expectation. */
async function readBack(info: RunInfo): Promise<ExpectedRun> {
  const detail = await readRunDetail(info);
  const meta = await openMeta(info.metaPath, info.metaForm);
  try {
    const summary = await meta.read('summary.json');
    const comments = detail.comments.map(
      ({ id, author, timestampMs, msg }) => [id, author, timestampMs, msg] as const,
    );
    const output: Record<string, ExpectedRun['output'][string]> = {};
    for (const { name, bytes } of detail.phases) {
      const text = await meta.read(`output/${name}`);
      const index = await meta.read(`output/${name}.index`);
      assert.ok(text && index);
      const records = Array.from({ length: index.length / 9 }, (_, i) => ({
        timeMs: Number(index.readBigUInt64BE(i * 9)),
        stream: index[i * 9 + 8] ?? -1,
      }));
      output[name] = {
        bytes,
        records: records.length,
        text: text.toString(),
        streams: records.map(({ stream }) => stream),
        timesMs: records.map(({ timeMs }) => timeMs),
      };
    }
    assert.ok(info.opref);
    return {
      id: info.id,
      name: info.name,
      container: info.container,
      metaForm: info.metaForm,
      opref: [info.opref.ns, info.opref.name, info.opref.version],
      status: info.status,
      label: info.label,
      exitCode: info.exitCode,
      timestampsUs: info.timestampsUs,
      configText: encodePretty(detail.config),
      summaryText: summary === null ? null : encodePretty(detail.summary),
      userAttrs: {
        ...(toPlain(detail.attributes) as object),
        ...Object.fromEntries(
          detail.comments.map(({ id, timestampMs, msg }) => [
            `comment:${id}`,
            { msg, timestamp: timestampMs },
          ]),
        ),
      },
      comments,
      manifest: detail.manifest,
      output,
    };
  } finally {
    meta.close();
  }
}

for (const name of FIXTURES) {
  test(`every run of the store '${name}' is read back exactly`, async (t) => {
    const runsDir = unpackFixture(name, tempDir(t));
    const expected = expectedRuns(name);
    const containers = new Set(expected.map(({ container }) => container));
    for (const container of containers) {
      const runs = await listRuns(runsDir, { container });
      const wanted = expected.filter((run) => run.container === container);
      // The order of the listing is part of the expectation.
      assert.deepEqual(await Promise.all(runs.map(readBack)), wanted, container);
    }
  });

  test(`lines of output of the store '${name}' have their times and streams`, async (t) => {
    const runsDir = unpackFixture(name, tempDir(t));
    for (const info of await listRuns(runsDir, { container: 'any' })) {
      const expected = expectedRuns(name).find(({ id }) => id === info.id);
      const meta = await openMeta(info.metaPath, info.metaForm);
      for (const [phase, wanted] of Object.entries(expected?.output ?? {})) {
        const bytes = await meta.read(`output/${phase}`);
        assert.ok(bytes);
        const reader = OutputReader.ofBuffers(bytes, await meta.read(`output/${phase}.index`));
        const lines = await reader.readLines(0, Infinity);
        const texts = wanted.text.split('\n');
        if (texts.at(-1) === '') texts.pop();
        assert.deepEqual(
          lines.map(({ text, timeMs, stream }) => [text, timeMs, stream]),
          texts.map((text, i) => [
            text,
            wanted.timesMs[i],
            wanted.streams[i] === 1 ? 'stderr' : 'stdout',
          ]),
        );
      }
      meta.close();
    }
  });

  test(`the command prints the contract for the store '${name}'`, async (t) => {
    const runsDir = unpackFixture(name, tempDir(t));
    const expected = expectedRuns(name);
    const listed = await cliJson(['list', '--runs', runsDir, '--all']);
    assert.ok(Array.isArray(listed));
    for (const run of expected) {
      const [ns, op, version] = run.opref;
      const entry = {
        id: run.id,
        name: run.name,
        opref: { ns, name: op, version },
        status: run.status,
        label: run.label,
        container: run.container,
        metaForm: run.metaForm,
        runDir: `${runsDir}/${run.id}`,
        exitCode: run.exitCode,
        timestampsUs: run.timestampsUs,
      };
      const row: unknown = listed.find((item: { id: string }) => item.id === run.id);
      assert.deepEqual(row, entry);
      assert.deepEqual(Object.keys(row as object), Object.keys(entry));
      const shown = await cliJson(['show', run.id, '--runs', runsDir]);
      const { attributes, comments, ...rest } = shown as Record<string, unknown>;
      assert.deepEqual(rest, {
        ...entry,
        config: JSON.parse(run.configText) as unknown,
        summary: run.summaryText === null ? null : (JSON.parse(run.summaryText) as unknown),
        manifest: run.manifest,
        phases: Object.entries(run.output).map(([phase, { bytes, records }]) => ({
          name: phase,
          bytes,
          lines: records,
        })),
        depends: [],
      });
      assert.deepEqual(
        comments,
        run.comments.map(([id, author, timestampMs, msg]) => ({ id, author, timestampMs, msg })),
      );
      const noComments = Object.entries(run.userAttrs).filter(
        ([key]) => !key.startsWith('comment:'),
      );
      assert.deepEqual(attributes, Object.fromEntries(noComments));
    }
  });

  test(`the command prints the output of the store '${name}'`, async (t) => {
    const runsDir = unpackFixture(name, tempDir(t));
    const run = expectedRuns(name).find(({ output }) => output['40_run'] !== undefined);
    const wanted = run?.output['40_run'];
    assert.ok(run && wanted);
    const plain = await runCli(['output', run.id, '--runs', runsDir]);
    assert.equal(plain.stdout, wanted.text);
    const { stdout } = await runCli(['output', run.id, '--runs', runsDir, '--json']);
    const texts = wanted.text.split('\n').slice(0, -1);
    assert.deepEqual(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
      texts.map((text, i) => ({
        line: i + 1,
        timeMs: wanted.timesMs[i],
        stream: wanted.streams[i],
        text,
      })),
    );
  });
}

test('runs that Gage 0.1.2 deleted by renaming are in the trash', async (t) => {
  const runsDir = unpackFixture('release', tempDir(t));
  const ids = new Set(expectedRuns('release').map(({ id }) => id));
  const others = (await listRuns(runsDir, { container: 'any' })).filter(({ id }) => !ids.has(id));
  assert.equal(others.length, 1);
  const [deleted] = others;
  assert.equal(deleted?.container, 'trash');
  assert.equal(deleted.status, 'completed');
  assert.ok(existsSync(deleted.runDir));
  assert.deepEqual((await readBack(deleted)).output['40_run']?.text, 'Hello Del\n');
});
