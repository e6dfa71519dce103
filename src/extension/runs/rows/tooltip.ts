import * as vscode from 'vscode';
import { printable } from '../../../core/base/printable.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../core/data/json.ts';
import { maskedConfig } from '../../../core/data/secrets.ts';
import { brief } from '../../../core/data/value-text.ts';
import type { RunDetail } from '../../../core/status/run-detail.ts';
import { operationText } from '../../run/titles.ts';
import type { RunNode } from '../model/nodes.ts';
import { batchFacts } from './batch-row.ts';
import { runFacts } from './run-row.ts';

/** Values of a section that a tooltip shows. */
const MAX_VALUES = 12;

/**
 * What hovering a run shows: its facts, then summary and config. The results first: a long tooltip is cut.
 * @param detail null when it cannot be read. @param now epoch milliseconds.
 */
export function runTooltip(
  node: RunNode,
  detail: RunDetail | null,
  now: number,
): vscode.MarkdownString {
  const { info } = node;
  const text = new vscode.MarkdownString();
  text.appendMarkdown('**');
  text.appendText(printable(operationText(info.opref, null) ?? 'Unreadable run'));
  text.appendMarkdown('**\n\n');
  const [status, ...facts] = runFacts(info, now);
  appendTable(text, [...(status === undefined ? [] : [status]), ...batchFacts(node), ...facts]);
  if (detail !== null) {
    appendValues(text, 'Summary', flatSummary(detail.summary ?? {}));
    appendValues(text, 'Config', maskedConfig(detail.config));
  }
  return text;
}

/** Metrics and attributes by their own names; what a value is called besides is left out. */
function flatSummary(summary: JsonObject): JsonObject {
  const flat: Record<string, Json> = {};
  for (const group of ['metrics', 'attributes']) {
    const values = summary[group];
    if (!isJsonObject(values)) continue;
    for (const [name, value] of Object.entries(values)) {
      flat[name] ??= isJsonObject(value) ? (value['value'] ?? value) : value;
    }
  }
  for (const [name, value] of Object.entries(summary)) {
    if (name !== 'metrics' && name !== 'attributes') flat[name] ??= value;
  }
  return flat;
}

function appendValues(
  text: vscode.MarkdownString,
  title: string,
  values: RunDetail['config'],
): void {
  const entries = Object.entries(values);
  if (entries.length === 0) return;
  text.appendMarkdown(`\n\n**${title}**\n\n`);
  const shown = entries.slice(0, MAX_VALUES).map(([name, value]) => [name, brief(value)] as const);
  const rest = entries.length - shown.length;
  appendTable(text, rest > 0 ? [...shown, ['…', `${rest} more`]] : shown);
}

function appendTable(
  text: vscode.MarkdownString,
  rows: readonly (readonly [string, string])[],
): void {
  text.appendMarkdown('| | |\n|---|---|\n');
  for (const [name, value] of rows)
    text.appendMarkdown(`| ${unbroken(cell(name))} | ${cell(value)} |\n`);
}

/** Text that stays on one line. */
function unbroken(text: string): string {
  return text.replaceAll(' ', '\u00a0');
}

/** Text that stays text inside a Markdown table. */
function cell(text: string): string {
  return printable(text.replace(/\s+/g, ' ').slice(0, 200)).replace(
    /[\\`*_{}[\]()#+\-.!|<>~&$]/g,
    '\\$&',
  );
}
